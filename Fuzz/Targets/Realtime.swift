@testable import Dialects
@testable import JSON

/// Events of a Realtime client, one a line. Settings stay within their limits and are told whole; audio is as long as
/// its text says.
func fuzzRealtime(_ bytes: UnsafeRawBufferPointer) {
  var settings = RealtimeSettings(EngineChoice(engine: "mock"))
  let base64 = Base64()
  for line in bytes.split(separator: 10) {
    do throws(RealtimeProblem) {
      switch try RealtimeEvent(UnsafeRawBufferPointer(rebasing: line)).kind {
      case .update(let wish, let isFlat):
        let before = settings
        do throws(RealtimeProblem) {
          try settings.set(
            from: wish, isFlat: isFlat, mayChangeFormat: true, EngineList(standard: "mock", enabled: ["mock"]))
        } catch {
          require(settings == before, "A refused update has changed the session.")
          throw error
        }
        requireLegal(settings.request)
        let told = settings.json(id: "s", isFlat: isFlat)
        require((try? JSONValue(parsing: told.text)) == told, "A session can't be told.")
      case .append(let text): requireLength(base64.decode(text), Array(text.utf8))
      case .appendPlain(let text): requireLength(base64.decode(text), Array(text))
      case .commit, .clear: break
      }
    } catch {
      require(!error.message.isEmpty, "An error says nothing.")
    }
  }
}

private func requireLength(_ audio: UnsafeRawBufferPointer?, _ text: [UInt8]) {
  let digits = text.count(where: { $0 != UInt8(ascii: "=") })
  require(audio.map { $0.count == digits * 3 / 4 } ?? true, "Audio is longer or shorter than its text says.")
}
