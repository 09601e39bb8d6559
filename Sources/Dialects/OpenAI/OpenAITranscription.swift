internal import JSON
internal import Recognition
public import Streams
internal import Subtitles
internal import Web

/// The transcription of a file, in the form of OpenAI's API: one response, or each utterance as it is decoded.
public struct OpenAITranscription: RecordingDialect {
  public static let name = "openai"

  private let form: OpenAIForm
  private let language: String?
  private let file: UploadedFile
  private let id: RequestID
  private var heard = HeardRecording()
  private var hasBegun = false

  init(_ form: OpenAIForm, language: String?, of file: UploadedFile, id: RequestID) {
    (self.form, self.language, self.file, self.id) = (form, language, file, id)
  }

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    if let piece = heard.take(event), form.isStreamed { sendDelta(piece, output) }
    guard case .closing(let reason) = event else { return }
    if reason == .complete, heard.problem == nil, let receipt = heard.receipt(of: file) {
      complete(receipt, output)
    } else if !hasBegun {
      // A response that has begun is cut.
      output.send(.whole(OpenAIUpload.rejection(heard.problem ?? reason.rejectionReason, id: id).response))
    }
    output.close(code: reason.code, reason: reason.phrase)
  }

  // MARK: Utterances

  private mutating func sendDelta(_ piece: String, _ output: any DialectOutput) {
    begin(output)
    var json = JSONObject()
    json.add("type", "transcript.text.delta")
    json.add("delta", piece)
    output.send(.piece(Self.event(json)))
  }

  private mutating func begin(_ output: any DialectOutput) {
    guard !hasBegun else { return }
    hasBegun = true
    output.send(
      .head(
        HTTPResponse(
          status: 200, contentType: "text/event-stream; charset=utf-8",
          headers: [.init("cache-control", "no-cache"), .init("x-accel-buffering", "no"), id.openAIHeader])))
  }

  private static func event(_ json: JSONObject) -> [UInt8] { Array("data: \(json.text)\n\n".utf8) }

  // MARK: The end

  private mutating func complete(_ receipt: StreamReceipt, _ output: any DialectOutput) {
    guard form.isStreamed else { return output.send(.whole(response(receipt))) }
    begin(output)
    var json = JSONObject()
    json.add("type", "transcript.text.done")
    json.add("text", heard.text)
    json.add(
      "usage",
      .object([
        .init(key: "type", value: .string("tokens")), .init(key: "input_tokens", value: .number(0)),
        .init(key: "output_tokens", value: .number(0)), .init(key: "total_tokens", value: .number(0)),
      ]))
    json.add("audio_service", receipt.extras)
    output.send(.piece(Self.event(json)))
    output.send(.end)
  }

  private func response(_ receipt: StreamReceipt) -> HTTPResponse {
    switch form.format {
    case .json: json(receipt, isDetailed: false)
    case .detailed: json(receipt, isDetailed: true)
    case .text: plain(heard.text + "\n")
    case .srt: plain(subtitles(.subRip))
    case .vtt: plain(subtitles(.webVTT))
    }
  }

  private func plain(_ text: String) -> HTTPResponse {
    HTTPResponse(
      status: 200, contentType: "text/plain; charset=utf-8", body: Array(text.utf8), headers: [id.openAIHeader])
  }

  private func subtitles(_ kind: SubtitleWriter.Kind) -> String {
    var writer = SubtitleWriter(kind)
    return heard.segments.reduce(writer.header) { $0 + writer.text($1.text, from: $1.start, to: $1.end) }
  }

  private func json(_ receipt: StreamReceipt, isDetailed: Bool) -> HTTPResponse {
    var json = JSONObject()
    if isDetailed {
      json.add("task", "transcribe")
      json.add("language", (language ?? heard.language).map(LanguageName.english) ?? "unknown")
      json.add("duration", receipt.duration)
    }
    json.add("text", heard.text)
    if isDetailed, form.listsSegments {
      json.add("segments", .array(heard.segments.enumerated().map { Self.segment($1, number: $0) }))
    }
    if isDetailed, form.listsWords {
      json.add("words", .array(heard.segments.flatMap { TimedWords($0).words }.map(Self.word)))
    }
    json.add(
      "usage",
      .object([
        .init(key: "type", value: .string("duration")),
        .init(key: "seconds", value: .number(Int(receipt.duration.rounded(.up)))),
      ]))
    json.add("audio_service", receipt.extras)
    return HTTPResponse(status: 200, json: json.text, headers: [id.openAIHeader])
  }

  /// With keys of Whisper's that no engine here has a value for, since clients ask for all of them.
  private static func segment(_ segment: Segment, number: Int) -> JSONValue {
    .object([
      .init(key: "id", value: .number(number)), .init(key: "seek", value: .number(0)),
      .init(key: "start", value: .number(segment.start)), .init(key: "end", value: .number(segment.end)),
      .init(key: "text", value: .string(" \(segment.text)")), .init(key: "tokens", value: .array([])),
      .init(key: "temperature", value: .number("0.0")), .init(key: "avg_logprob", value: .number("0.0")),
      .init(key: "compression_ratio", value: .number("1.0")), .init(key: "no_speech_prob", value: .number("0.0")),
    ])
  }

  /// As it is written, without the marks around it.
  private static func word(_ word: Word) -> JSONValue {
    .object([
      .init(key: "word", value: .string(PlainWord.bare(word.text))), .init(key: "start", value: .number(word.start)),
      .init(key: "end", value: .number(word.end)),
    ])
  }
}
