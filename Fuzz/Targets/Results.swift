import Contract
import JSON
import WorkerLink

@testable import Server

/// Frames as a server reads them, from a worker that may have lost its mind: the same however they are split, and whatever they
/// say, the session's account adds up and its receipt can be written.
func fuzzResults(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = results([input.bytes])
  require(whole == results(input.pieces(seed)), "Results hang on how they were split.")
}

private func results(_ pieces: [UnsafeRawBufferPointer]) -> ReadFrames {
  var stream = FuzzStream()
  let frames = ReadFrames(pieces) { reader, _ in
    guard let reply = try reader.nextReply() else { return nil }
    return stream.answer(reply)
  }
  stream.requireSound()
  return frames
}

/// A stream of four chunks that the worker has still to answer.
private struct FuzzStream: ~Copyable {
  private var session = Session(clientID: 1, parameters: StreamParameters(engine: Engine.speech.rawValue))
  private var history = History()
  private var engines = EngineStates(standard: .mock, enabled: Engine.allCases)

  init() {
    let silence = [UInt8](repeating: 0, count: 64)
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    for _ in 0..<4 {
      silence.withUnsafeBytes {
        guard case .measure(let seq, let placement) = session.receive($0) else { return }
        history.append(seq: seq, placement: placement, chunkBytes: $0.count, odd: none, sound: $0)
      }
    }
  }

  /// What the gateway does with a reply.
  mutating func answer(_ reply: WorkerReply) -> String {
    switch reply {
    case .result(let header, let text):
      let segments = header.segments(in: text)
      session.heard(segments, partialsShed: header.shed, checkpoint: header.checkpoint)
      let action =
        header.asked == .chunk
        ? session.measured(seq: Int(header.seq), levels: header.levels) : session.finished(seq: Int(header.seq))
      if action == .deliver { history.answered(seq: Int(header.seq), checkpoint: header.checkpoint) }
      return "result \(header) \(action) \(Array(text)) \(segments.map { Array($0) } ?? [])"
    case .failed(let stream, let seq, let asked, let message):
      requireSent(.failure(error: String(decoding: message, as: UTF8.self), code: nil, seq: Int(seq)))
      let action = asked == .chunk ? session.failed(seq: Int(seq)) : session.finished(seq: Int(seq))
      if action == .deliver { history.answered(seq: Int(seq), checkpoint: session.checkpoint) }
      return "failed \(stream) \(seq) \(action)"
    case .ready(let version, let pid, let report):
      engines.take((try? JSONValue(parsing: report)) ?? .null)
      return "ready \(version) \(pid) \(engines.json)"
    case .pong(let mark): return "pong \(mark)"
    case .hold(let stream): return "hold \(stream)"
    case .release(let stream): return "release \(stream)"
    }
  }

  /// The account adds up, the receipt can be written, and what another worker would be given is what came.
  func requireSound() {
    require(
      session.chunks == session.processed + session.dropped + session.inFlightChunks, "The account does not add up.")
    requireSent(.summary(session.receipt(sha256: "")))
    var bytes = 0
    history.visit { chunk, sound in
      require(
        sound.count == 64 && chunk.isAnswered == (chunk.seq <= session.lastAnswered), "Kept is what did not come.")
      bytes += sound.count
    }
    require(bytes == history.soundBytes && bytes >= 64 * session.inFlightChunks, "A chunk not answered is not kept.")
  }
}
