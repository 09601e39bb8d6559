import Recognition

@testable import Dialects

/// Events of a Wyoming client, whole and byte by byte: they are the same, or both are refused. What follows from them
/// has an order: audio is of a stream that was opened, and nothing follows a close.
func fuzzWyoming(_ bytes: UnsafeRawBufferPointer) {
  let whole = read(bytes, pieceBytes: max(1, bytes.count))
  require(whole == read(bytes, pieceBytes: 1), "Events depend on how they are cut.")
  var engines = EngineList(standard: "mock", enabled: ["mock"])
  engines.update([EngineStatus(name: "mock", state: .ready, isContinuous: false)])
  var turns = WyomingProtocol()
  var isOpen = false
  func follow(_ actions: [WyomingProtocol.Action]) -> Bool {
    for action in actions {
      switch action {
      case .open:
        require(!isOpen, "A stream was opened twice.")
        isOpen = true
      case .audio(let audio): require(isOpen && !audio.isEmpty, "Audio is of no stream.")
      case .stop:
        require(isOpen, "No stream ends.")
        isOpen = false
      case .send: break
      case .close: return false
      }
    }
    return true
  }
  for event in whole.events {
    guard follow(turns.receive(event, engines)) else { return }
    // The transcript is sent as late as can be.
    while turns.next != nil {
      guard follow(turns.transcribed(engines)) else { return }
    }
  }
}

private struct Outcome: Equatable {
  var events: [WyomingEvent] = []
  var problem: WyomingProblem?
}

private func read(_ bytes: UnsafeRawBufferPointer, pieceBytes: Int) -> Outcome {
  var reader = WyomingReader()
  var outcome = Outcome()
  var rest = bytes[...]
  do throws(WyomingProblem) {
    while !rest.isEmpty {
      reader.append(UnsafeRawBufferPointer(rebasing: rest.prefix(pieceBytes)))
      rest = rest.dropFirst(pieceBytes)
      while let event = try reader.next() { outcome.events.append(event) }
    }
  } catch {
    outcome.problem = error
  }
  return outcome
}
