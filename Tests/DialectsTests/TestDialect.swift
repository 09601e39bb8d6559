import Audio
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

/// What a dialect sent.
final class CollectedOutput: DialectOutput {
  private(set) var messages: [String] = []
  private(set) var parts: [ResponsePart] = []
  private(set) var closed: Closed?
  private(set) var ignoredNames: [String] = []

  struct Closed: Equatable {
    var code: Int
    var reason: String
  }

  func send(text: UnsafeRawBufferPointer) { messages.append(String(decoding: text, as: UTF8.self)) }

  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 1)
    defer { memory.deallocate() }
    messages.append(String(decoding: memory.prefix(write(memory)), as: UTF8.self))
  }

  func send(_ part: ResponsePart) { parts.append(part) }

  func close(code: Int, reason: String) { closed = Closed(code: code, reason: reason) }

  func ignored(_ names: [String]) { ignoredNames += names }

  /// The messages since the last call.
  func take() -> [String] {
    defer { messages = [] }
    return messages
  }
}

/// One connection of a dialect, the native one or another, with a stream that only the test knows.
struct DialectConnection {
  let engines: EngineList
  let output = CollectedOutput()
  private var dialect: any SessionDialect
  /// What the URL asked for.
  let request: StreamRequest

  init(
    _ query: [(String, String)] = [], engines: EngineList = .both, of type: any Dialect.Type = NativeDialect.self,
    path: String = NativeDialect.streamPath
  ) throws {
    self.engines = engines
    let items = query.map { HTTPRequest.QueryItem(name: $0.0, value: $0.1) }
    let opening = try type.open(HTTPRequest(method: "GET", path: path, query: items), engines)
    request = opening.request
    output.ignored(opening.ignored)
    dialect = opening.dialect(SessionIdentity(clientID: 7, name: .test, openedAt: "2026-01-01T00:00:00.000Z"))
  }

  /// The connection is open.
  mutating func open() { dialect.opened(to: output) }

  /// A text message of the client's. What is asked of the stream, if anything is; the messages of the dialect's are in
  /// the output.
  mutating func say(_ text: String) -> Asked {
    let engines = engines
    return Array(text.utf8).withUnsafeBytes { Asked(dialect.receive(.text($0), engines, to: output)) }
  }

  mutating func send(_ bytes: [UInt8]) -> Asked {
    let engines = engines
    return bytes.withUnsafeBytes { Asked(dialect.receive(.binary($0), engines, to: output)) }
  }

  /// The decoder of a file has the oldest message.
  mutating func tookFile() -> [String] {
    dialect.tookFile(to: output)
    return output.take()
  }

  /// The messages for events of the stream.
  mutating func write(_ events: StreamEvent...) -> [String] {
    for event in events { dialect.write(event, to: output) }
    return output.take()
  }

  /// Goes on as at a server that has read the state.
  mutating func handOver() throws {
    var writer = StateWriter()
    dialect.write(state: &writer)
    var reader = StateReader(writer.bytes[...])
    dialect = try NativeDialect(state: &reader, as: SessionIdentity(clientID: 7, name: .test))
  }

  /// `ClientEvent`, without borrowed bytes.
  enum Asked: Equatable {
    case nothing, flush, stop
    case audio(bytes: Int)
    case file(bytes: Int)
    case start(StreamRequest, keepsChunks: Bool = true, settled: Settled = Settled())
    case resume(ResumeRequest)

    fileprivate init(_ event: ClientEvent?) {
      self =
        switch event {
        case nil: .nothing
        case .flush: .flush
        case .stop: .stop
        case .audio(let bytes): .audio(bytes: bytes.count)
        case .file(let bytes): .file(bytes: bytes.count)
        case .start(let request, let keepsChunks, let settled):
          .start(request, keepsChunks: keepsChunks, settled: settled)
        case .resume(let request): .resume(request)
        }
    }
  }
}

extension EngineList {
  static let both = EngineList.speech(reason: nil)

  /// As a worker reports it that could not load its model, or could.
  static func speech(reason: String?) -> EngineList {
    var list = EngineList(standard: "mock", enabled: ["mock", "speech"])
    list.update([
      EngineStatus(name: "mock", state: .ready, isContinuous: false),
      EngineStatus(
        name: "speech", state: reason.map { .unavailable(reason: $0) } ?? .ready, isContinuous: true),
    ])
    return list
  }

  /// With a model of these languages.
  static func speech(languages: [String]) -> EngineList {
    var list = EngineList(standard: "mock", enabled: ["mock", "speech"])
    list.update([
      EngineStatus(name: "mock", state: .ready, isContinuous: false),
      EngineStatus(
        name: "speech", state: .ready, isContinuous: true, models: [EngineModel(name: "m", languages: languages)]),
    ])
    return list
  }

  /// With a model for English and one for several languages, which it can tell apart.
  static func twoModels(standard: String = "speech", language: String? = nil) -> EngineList {
    var list = EngineList(standard: standard, enabled: ["mock", "speech"], language: language)
    list.update([
      EngineStatus(name: "mock", state: .ready, isContinuous: false),
      EngineStatus(
        name: "speech", state: .ready, isContinuous: true,
        models: [
          EngineModel(name: "tiny", languages: ["en"]),
          EngineModel(name: "base", languages: ["en", "ru", "fr"], detectsLanguage: true),
          EngineModel(name: "broken", languages: [], problem: "no file"),
        ]),
    ])
    return list
  }

  /// A server that was not started with `speech`.
  static let mockAlone: EngineList = {
    var list = EngineList(standard: "mock", enabled: ["mock"])
    list.update([
      EngineStatus(name: "mock", state: .ready, isContinuous: false),
      EngineStatus(name: "speech", state: .unavailable(reason: "not enabled: start so"), isContinuous: true),
    ])
    return list
  }()
}

extension ChunkMeasure {
  /// A tenth of a second of silence.
  static func silence(_ seq: Int) -> ChunkMeasure {
    ChunkMeasure(
      StreamChunk(seq: seq, startFrame: 1600 * (seq - 1), frames: 1600, bytes: 3200), .standard,
      Levels(samples: 1600, sumOfSquares: 0, peak: 0, clipped: 0))
  }
}

extension TranscriptUpdate {
  static func partial(_ number: Int, _ text: String) -> TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: number, start: 0.5, end: 1.25, text: text), stableWords: 1, isFinal: false)
  }

  static func final(_ number: Int, _ text: String, _ ending: Ending? = nil) -> TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: number, start: 0.5, end: 1.25, text: text), stableWords: 2, isFinal: true,
      ending: ending)
  }

  /// An utterance begins.
  static func begun(_ number: Int, _ start: Double) -> TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: number, start: start, end: start, text: ""), stableWords: 0, isFinal: false)
  }

  /// An utterance is over, and its text not known.
  static func over(_ number: Int, _ ending: Ending) -> TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: number, start: 0.5, end: 1.25, text: ""), stableWords: 0, isFinal: false,
      ending: ending)
  }
}

extension SessionName {
  static let test = SessionName(high: 0, low: 0xabc)
}
