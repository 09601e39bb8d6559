import Contract
import JSON
import Recognition
import WorkerLink

@testable import Audio
@testable import Dialects
@testable import Server
@testable import Streams

/// Frames as a gateway reads them, from a worker that may say anything: the same however they are split, and whatever
/// they say, the stream's account adds up, what another worker would get is what was received, and the client gets
/// messages.
func fuzzResults(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = results([input.bytes])
  require(whole == results(input.pieces(seed)), "Results depend on how they were split.")
}

private func results(_ pieces: [UnsafeRawBufferPointer]) -> ReadFrames {
  let stream = FuzzStream()
  let frames = ReadFrames(pieces) { reader, _ in
    guard let reply = try reader.nextReply() else { return nil }
    return stream.answer(reply)
  }
  stream.requireSound()
  return frames
}

/// A stream on a worker that owes it four chunks and the end.
private final class FuzzStream {
  private static let chunkBytes = 64
  private var session = StreamSession(
    id: StreamID(gateway: 0, number: 1), request: StreamRequest(format: .standard, engine: "speech"),
    keepsSegments: true)
  private var dialect: any Dialect
  private let output = FuzzOutput()
  private var budget = MemoryBudget(limitBytes: 1 << 30)
  private var engines = EngineList(standard: "mock", enabled: ["mock", "speech"])

  init() {
    dialect = NativeDialect(
      StreamParameters(engine: "speech", updates: true, words: true), engines,
      as: SessionIdentity(clientID: 1, name: SessionName(high: 0, low: 1)))
    for seq in 1...4 {
      [UInt8](repeating: UInt8(seq), count: Self.chunkBytes).withUnsafeBytes {
        _ = session.received($0, now: 0, unreadBytes: 0, budget: &budget)
      }
    }
    _ = session.assigned(slot: 0, isReady: true)
    _ = session.stop()
  }

  /// Hands a reply to the stream, whichever it names: most input would name another.
  func answer(_ reply: WorkerReply) -> String {
    if case .hello(let hello) = reply {
      engines.update(hello.engines)
      requireWhole(Endpoints.answer(.init(method: "GET", path: Endpoints.engines), engines: engines))
      return "hello \(hello) \(LinkVersion.negotiate(LinkVersion.supported, hello.versions) ?? 0)"
    }
    let actions = reply.deliver(to: &session)
    for case .emit(let event) in actions { dialect.write(event, to: output) }
    requireAdded()
    return "\(reply) \(actions)"
  }

  private func requireAdded() {
    let totals = session.account.totals
    require(
      totals.chunks == 4 && totals.chunks == totals.processed + totals.dropped + session.account.inFlightChunks,
      "The account does not add up: \(totals)")
  }

  /// What another worker would get is what was received.
  func requireSound() {
    requireAdded()
    _ = session.workerLost(crashed: false, trial: nil)
    var bytes = 0
    for case .send(let chunk, let delivery, _) in session.open() + session.proceed() {
      session.audio.withAudio(of: chunk.seq) { audio in
        require(
          audio.count == Self.chunkBytes && audio.allSatisfy { Int($0) == chunk.seq }
            && (delivery == .context) == (chunk.seq <= session.account.lastAnswered),
          "A worker would get what was not received: \(chunk)")
        bytes += audio.count + AudioHistory.chunkBytes
      }
    }
    require(
      bytes == session.audio.bytes
        && bytes >= (Self.chunkBytes + AudioHistory.chunkBytes) * session.account.inFlightChunks,
      "An unanswered chunk is not kept.")
  }
}

/// A client that can read what it is sent.
private final class FuzzOutput: DialectOutput {
  private var isClosed = false

  func send(_ part: ResponsePart) { require(false, "A stream's client is sent a response.") }

  func send(text: UnsafeRawBufferPointer) {
    require(!isClosed, "A message was sent after the close.")
    require(text.allSatisfy { $0 >= 0x20 }, "A message has a control character.")
    require((try? JSONValue(parsing: text)) != nil, "A message is no JSON.")
  }

  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 1) { memory in
      let count = write(memory)
      send(text: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
  }

  func close(code: Int, reason: String) {
    require(!isClosed, "A connection was closed twice.")
    isClosed = true
  }
}
