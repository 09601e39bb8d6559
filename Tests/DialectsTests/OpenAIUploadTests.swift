import Audio
import JSON
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

/// Requests for a transcription in the form of OpenAI's API.
struct OpenAIUploadTests {
  private static let id = RequestID(digits: "0123456789abcdef0123456789abcdef")
  private static let file = UploadedFile(bytes: 4, sha256: "abcd", format: .standard)

  /// A field, or the file.
  private enum Part {
    case field(String, String)
    case file(String)

    var text: String {
      switch self {
      case .field(let name, let value): "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)"
      case .file(let content): "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\n\r\n\(content)"
      }
    }
  }

  private func opening(_ parts: Part..., engines: EngineList = .both) throws -> (UploadOpening, file: String) {
    let request = HTTPRequest(
      method: "POST", path: "/v1/audio/transcriptions",
      headers: [("content-type", "multipart/form-data; boundary=XX")])
    var upload = try OpenAIUpload(request, engines, id: Self.id)
    let body = parts.map { "--XX\r\n\($0.text)\r\n" }.joined() + "--XX--\r\n"
    var file = ""
    try Array(body.utf8).withUnsafeBytes { bytes in
      try upload.receive(bytes) { file += String(decoding: $0, as: UTF8.self) }
    }
    return (try upload.opening(engines), file)
  }

  /// The error that a form is refused with.
  private func refusal(_ parts: Part..., engines: EngineList = .both) -> JSONValue? {
    do {
      switch parts.count {
      case 0: _ = try opening(engines: engines)
      case 1: _ = try opening(parts[0], engines: engines)
      case 2: _ = try opening(parts[0], parts[1], engines: engines)
      default: _ = try opening(parts[0], parts[1], parts[2], engines: engines)
      }
      return nil
    } catch let rejection as Rejection {
      #expect(rejection.response.headers.contains(.init("x-request-id", "req_\(Self.id.digits)")))
      return (try? JSONValue(parsing: rejection.response.body))?["error"]
    } catch {
      return nil
    }
  }

  private let model = Part.field("model", "whisper-1")
  private let sound = Part.file("RIFF")

  @Test func `fields may come in any order, and unknown ones are passed over`() throws {
    let (opening, file) = try opening(sound, .field("prompt", "Emma"), .field("temperature", "0.2"), model)
    #expect(opening.choice.engine == "mock")
    #expect(opening.samples == nil)
    #expect(file == "RIFF")
    #expect(try self.opening(.field("model", "speech"), sound).0.choice.engine == "speech")
  }

  @Test func `what is missing or wrong is named`() {
    func refused(_ refusal: JSONValue?, _ parameter: String, _ words: String, code: String? = nil) {
      #expect(refusal?["param"]?.string == parameter)
      #expect(refusal?["message"]?.string?.contains(words) == true, "\(refusal?.text ?? "")")
      #expect(refusal?["code"]?.string == code)
      #expect(refusal?["type"]?.string == "invalid_request_error")
    }
    refused(refusal(model), "file", "expected an audio file, got none")
    refused(refusal(model, .file("")), "file", "got an empty one")
    refused(refusal(sound), "model", "expected a name")
    refused(refusal(model, sound, sound), "file", "expected one file, got two")
    let format = Part.field("response_format", "diarized_json")
    refused(
      refusal(model, sound, format), "response_format", "json, verbose_json, text, srt, vtt", code: "unsupported_value")
    refused(refusal(model, sound, .field("stream", "perhaps")), "stream", "true or false")
    refused(
      refusal(.field("model", "speech"), sound, .field("language", "ru"), engines: .speech(languages: ["en"])),
      "language", "expected one of en, got \"ru\"", code: "unsupported_value")
    let broken = EngineList.speech(reason: "no model")
    #expect(refusal(.field("model", "speech"), sound, engines: broken)?["type"]?.string == "server_error")
  }

  @Test func `another type of body is refused`() {
    for type in ["application/json", ""] {
      let request = HTTPRequest(
        method: "POST", path: "/v1/audio/transcriptions", headers: [("content-type", type)])
      #expect(throws: Rejection.self) { try OpenAIUpload(request, .both, id: Self.id) }
    }
  }

  @Test func `a body that does not end is refused`() throws {
    let request = HTTPRequest(
      method: "POST", path: "/audio/transcriptions", headers: [("content-type", "multipart/form-data; boundary=XX")])
    var upload = try OpenAIUpload(request, .both, id: Self.id)
    try Array("--XX\r\n\(sound.text)".utf8).withUnsafeBytes { bytes in
      try upload.receive(bytes) { _ in }
    }
    #expect(throws: Rejection.self) { try upload.opening(.both) }
  }

  // MARK: What is no upload

  private func response(_ method: String, _ path: String) -> (status: Int, body: JSONValue?)? {
    OpenAIUpload.response(to: HTTPRequest(method: method, path: path), .both, id: Self.id).map {
      ($0.status, try? JSONValue(parsing: $0.body))
    }
  }

  @Test func `models are listed, with the name that clients look for, with or without a version`() {
    for prefix in ["/v1", ""] {
      let list = response("GET", "\(prefix)/models")?.body?["data"]?.array
      #expect(list?.compactMap { $0["id"]?.string } == ["mock", "speech", "whisper-1"])
      #expect(response("GET", "\(prefix)/models/speech")?.body?["object"]?.string == "model")
      #expect(response("GET", "\(prefix)/models/other")?.body?["error"]?["code"]?.string == "model_not_found")
      #expect(response("POST", "\(prefix)/audio/transcriptions")?.status == nil)
      #expect(response("GET", "\(prefix)/audio/transcriptions")?.status == 405)
      #expect(response("POST", "\(prefix)/models")?.status == 405)
      #expect(response("POST", "\(prefix)/audio/translations")?.status == 404)
    }
    #expect(response("POST", "/v1/chat/completions")?.status == 404)
    #expect(OpenAIUpload.owns("/v1/chat/completions"))
    #expect(OpenAIUpload.owns("/v1/audio/transcriptions") && OpenAIUpload.owns("/audio/transcriptions"))
    for path in ["/v1/listen", "/v1/realtime", "/", "/api/audio/health", "/modelsX"] {
      #expect(!OpenAIUpload.owns(path))
    }
  }

  // MARK: Responses

  /// The response to a file with two utterances.
  private func parts(
    _ fields: Part..., ending: CloseReason = .complete, engines: EngineList = .both
  ) throws -> [ResponsePart] {
    let opening =
      switch fields.count {
      case 0: try opening(model, sound, engines: engines).0
      case 1: try opening(model, sound, fields[0], engines: engines).0
      default: try opening(model, sound, fields[0], fields[1], engines: engines).0
      }
    let output = CollectedOutput()
    var response = opening.dialect(Self.file, SessionIdentity(clientID: 1, name: .test))
    for event in [
      StreamEvent.update(.partial(1, "Hel")), .update(.final(1, "Hello, Mr. Bee.")), .update(.final(2, "")),
      .update(.final(3, "Bye.")), .flushed(seq: 2, last: nil),
    ] { response.write(event, to: output) }
    if ending == .complete { response.write(.receipt(.ofFile), to: output) }
    response.write(.closing(ending), to: output)
    #expect(output.closed != nil)
    return output.parts
  }

  private func body(_ part: ResponsePart?) -> String {
    switch part {
    case .whole(let response): String(decoding: response.body, as: UTF8.self)
    case .piece(let bytes): String(decoding: bytes, as: UTF8.self)
    default: ""
    }
  }

  @Test func `the text is one JSON object, with the receipt of the file as it came`() throws {
    let parts = try parts()
    #expect(parts.count == 1)
    let json = try JSONValue(parsing: Array(body(parts.first).utf8))
    #expect(json["text"]?.string == "Hello, Mr. Bee. Bye.")
    #expect(json["usage"]?.text == #"{"type":"duration","seconds":2}"#)
    #expect(json["audio_service"]?["receipt"]?["sha256"]?.string == "abcd")
    #expect(json["audio_service"]?["receipt"]?["bytes"]?.integer == 4)
  }

  @Test func `verbose JSON has every key that clients ask for`() throws {
    let format = Part.field("response_format", "verbose_json")
    let json = try JSONValue(
      parsing: Array(body(try parts(format, engines: .speech(languages: ["en"])).first).utf8))
    #expect(json["task"]?.string == "transcribe")
    #expect(json["language"]?.string == "unknown")
    #expect(json["duration"]?.double == 1.5)
    #expect(json["words"] == nil)
    #expect(
      json["segments"]?.array?.first?.text
        == #"{"id":0,"seek":0,"start":0.5,"end":1.25,"text":" Hello, Mr. Bee.","tokens":[],"temperature":0.0,"#
        + #""avg_logprob":0.0,"compression_ratio":1.0,"no_speech_prob":0.0}"#)
    let words = try JSONValue(
      parsing: Array(body(try parts(format, .field("timestamp_granularities[]", "word")).first).utf8))
    #expect(words["segments"] == nil)
    #expect(words["words"]?.array?.compactMap { $0["word"]?.string } == ["Hello", "Mr", "Bee", "Bye"])
  }

  @Test(arguments: ["whisper-1", "gpt-4o-transcribe", "nova-3", "Systran/faster-whisper-small", "mock", "speech"])
  func `every model has every form`(name: String) throws {
    for format in ["json", "verbose_json", "text", "srt", "vtt"] {
      _ = try opening(.field("model", name), .field("response_format", format), sound)
    }
  }

  @Test func `granularities are read with and without brackets, repeated, and behind the file`() throws {
    func form(_ names: (String, String)...) throws -> OpenAIForm {
      var form = OpenAIForm()
      for (name, value) in names { try form.set(name, value) }
      return form
    }
    for name in ["timestamp_granularities", "timestamp_granularities[]"] {
      let both = try form((name, "word"), (name, "segment"))
      #expect(both.listsWords && both.listsSegments)
      let words = try form((name, "word"))
      #expect(words.listsWords && !words.listsSegments)
    }
    #expect(throws: OpenAIForm.Problem.self) { try form(("timestamp_granularities[]", "letter")) }
    let parts = try opening(
      model, sound, .field("response_format", "verbose_json"), .field("timestamp_granularities", "word"))
    #expect(parts.file == "RIFF")
  }

  @Test func `the language has the name that clients know`() {
    #expect(LanguageName.english("en-US") == "english")
    #expect(LanguageName.english("RU") == "russian")
    #expect(LanguageName.english("tlh") == "tlh")
  }

  @Test func `a stream is the same in every form`() throws {
    let expected = try parts(.field("stream", "true")).map(body)
    for format in ["verbose_json", "text", "srt", "vtt"] {
      #expect(try parts(.field("stream", "1"), .field("response_format", format)).map(body) == expected)
    }
  }

  @Test func `text and subtitles are plain text`() throws {
    func text(_ format: String) throws -> String {
      guard case .whole(let response)? = try parts(.field("response_format", format)).first else { return "" }
      #expect(response.contentType == "text/plain; charset=utf-8")
      return String(decoding: response.body, as: UTF8.self)
    }
    #expect(try text("text") == "Hello, Mr. Bee. Bye.\n")
    #expect(
      try text("srt") == """
        1
        00:00:00,500 --> 00:00:01,250
        Hello, Mr. Bee.

        2
        00:00:01,250 --> 00:00:01,251
        Bye.


        """)
    #expect(try text("vtt").hasPrefix("WEBVTT\n\n00:00:00.500 --> 00:00:01.250\nHello, Mr. Bee.\n\n"))
  }

  @Test func `streamed pieces put together are the text`() throws {
    let parts = try parts(.field("stream", "True"))
    guard case .head(let head)? = parts.first else { throw Mismatch() }
    #expect(head.contentType == "text/event-stream; charset=utf-8")
    #expect(head.headers.contains(.init("x-accel-buffering", "no")))
    let events = try parts.dropFirst().dropLast().map { part in
      let text = body(part)
      #expect(text.hasPrefix("data: ") && text.hasSuffix("\n\n"))
      return try JSONValue(parsing: Array(text.dropFirst(6).utf8))
    }
    #expect(parts.last == .end)
    let deltas = events.filter { $0["type"]?.string == "transcript.text.delta" }.compactMap { $0["delta"]?.string }
    #expect(deltas.joined() == "Hello, Mr. Bee. Bye.")
    #expect(events.last?["type"]?.string == "transcript.text.done")
    #expect(events.last?["text"]?.string == deltas.joined())
  }

  @Test func `a session that the server ends is its error; a response that has begun is not completed`() throws {
    let header = CloseReason.unsupported(seq: 1, WaveHeaderError(message: "WAV header: bad"))
    guard case .whole(let refusal)? = try parts(ending: header).first else { throw Mismatch() }
    #expect(refusal.status == 400)
    #expect(body(.whole(refusal)).contains(#""message":"file: WAV header: bad""#))
    guard case .whole(let response)? = try parts(ending: .goingAway).first else { throw Mismatch() }
    #expect(response.status == 503)
    #expect(response.headers.contains(.init("retry-after", "5")))
    #expect(try parts(.field("stream", "true"), ending: .goingAway).last != .end)
  }

  private struct Mismatch: Error {}
}

extension StreamReceipt {
  fileprivate static var ofFile: StreamReceipt {
    StreamReceipt(
      totals: StreamTotals(chunks: 2, bytes: 48_000, processed: 2), duration: 1.5,
      levels: .init(samples: 24_000, sumOfSquares: 0, peak: 0, clipped: 0))
  }
}
