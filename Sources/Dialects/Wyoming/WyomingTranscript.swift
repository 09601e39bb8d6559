internal import JSON
internal import Recognition
public import Streams

/// What is heard in one recording of a Wyoming client. The messages of its client are the audio, and an empty text at
/// its end.
public struct WyomingTranscript: SessionDialect {
  public static let policy = DialectPolicy(
    name: "wyoming", acknowledges: false, isResumable: false, textLimitBytes: 0, credentials: [])

  private let language: String?
  private var text = ""
  private var receipt: StreamReceipt?

  public init(language: String?) { self.language = language }

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    switch message {
    case .binary(let bytes): .audio(bytes)
    case .text: .stop
    }
  }

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    switch event {
    case .update(let update) where update.isFinal: heard(update.segment.text, output)
    case .result(_, let chunk?): heard(chunk.text, output)
    case .receipt(let receipt): self.receipt = receipt
    case .closing(let reason):
      switch reason {
      // What it has heard is not lost because the server goes.
      case .complete, .goingAway, .left: for event in ending { send(event, output) }
      default: send(.error(WyomingProblem(reason.phrase, code: "closed")), output)
      }
      output.close(code: reason.code, reason: reason.phrase)
    case .update, .result, .failed, .flushed, .started, .resumed, .accepted, .heard, .delayed, .notice, .settled, .left,
      .refused:
      break
    }
  }

  /// Put together, the pieces are the text.
  private mutating func heard(_ words: String, _ output: any DialectOutput) {
    guard !words.isEmpty else { return }
    if text.isEmpty { send(start, output) }
    let piece = (text.isEmpty ? "" : " ") + words
    text += piece
    send(WyomingEvent("transcript-chunk", [.init(key: "text", value: .string(piece))]), output)
  }

  private var start: WyomingEvent { WyomingEvent("transcript-start", languageMember) }
  private var languageMember: [JSONValue.Member] {
    language.map { [.init(key: "language", value: .string($0))] } ?? []
  }

  /// Nothing was recorded: the same as nothing said.
  static func empty(language: String?) -> [WyomingEvent] { WyomingTranscript(language: language).ending }

  private var ending: [WyomingEvent] {
    let extras = receipt.map { [JSONValue.Member(key: "audio_service", value: $0.extras)] } ?? []
    let transcript = WyomingEvent(
      "transcript", [.init(key: "text", value: .string(text))] + languageMember + extras)
    return (text.isEmpty ? [start] : []) + [transcript, WyomingEvent("transcript-stop")]
  }

  private func send(_ event: WyomingEvent, _ output: any DialectOutput) {
    event.bytes.withUnsafeBytes { output.send(text: $0) }
  }
}
