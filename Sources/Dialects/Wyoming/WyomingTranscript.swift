internal import Audio
internal import JSON
public import Streams

/// The transcript of one recording of a Wyoming client.
public struct WyomingTranscript: RecordingDialect {
  public static let name = "wyoming"

  private let language: String?
  private var heard = HeardRecording()

  public init(language: String?) { self.language = language }

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    if let piece = heard.take(event) {
      if heard.segments.count == 1 { send(start, output) }
      send(WyomingEvent("transcript-chunk", [.init(key: "text", value: .string(piece))]), output)
    }
    guard case .closing(let reason) = event else { return }
    switch reason {
    // A server that goes away loses nothing that it has heard.
    case .complete, .goingAway, .left:
      if let problem = heard.problem {
        send(.error(WyomingProblem(problem)), output)
      } else {
        for event in ending { send(event, output) }
      }
    case .unsupported(_, let error): send(.error(WyomingProblem(error.description)), output)
    default: send(.error(WyomingProblem(reason.phrase, code: "closed")), output)
    }
    output.close(code: reason.code, reason: reason.phrase)
  }

  private var start: WyomingEvent { WyomingEvent("transcript-start", languageMember) }
  private var languageMember: [JSONValue.Member] {
    (language ?? heard.language).map { [.init(key: "language", value: .string($0))] } ?? []
  }

  /// Nothing was recorded: the same as nothing said.
  static func empty(language: String?) -> [WyomingEvent] { WyomingTranscript(language: language).ending }

  private var ending: [WyomingEvent] {
    let extras = heard.receipt.map { [JSONValue.Member(key: "audio_service", value: $0.extras)] } ?? []
    let transcript = WyomingEvent(
      "transcript", [.init(key: "text", value: .string(heard.text))] + languageMember + extras)
    return (heard.segments.isEmpty ? [start] : []) + [transcript, WyomingEvent("transcript-stop")]
  }

  private func send(_ event: WyomingEvent, _ output: any DialectOutput) {
    event.bytes.withUnsafeBytes { output.send(text: $0) }
  }
}
