import Audio
import JSON
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

/// Files for Deepgram's API, and what is none.
struct DeepgramUploadTests {
  private static let id = RequestID(digits: "0123456789abcdef0123456789abcdef")

  private func request(_ query: [(String, String)] = [], type: String? = nil) -> HTTPRequest {
    HTTPRequest(
      method: "POST", path: "/v1/listen", query: query.map { HTTPRequest.QueryItem(name: $0.0, value: $0.1) },
      headers: type.map { [(name: "content-type", value: $0)] } ?? [])
  }

  private func opening(_ query: [(String, String)] = [], type: String? = nil, body: [UInt8] = [1]) throws
    -> UploadOpening
  {
    var upload = try DeepgramUpload(request(query, type: type), .both, id: Self.id)
    try body.withUnsafeBytes { bytes in try upload.receive(bytes) { _ in } }
    return try upload.opening(.both)
  }

  private func body(_ response: HTTPResponse) throws -> JSONValue {
    let json = try JSONValue(parsing: response.body)
    let id = try #require(response.headers.first { $0.name == "dg-request-id" }?.value)
    #expect(id.count == 36 && (json["request_id"]?.string == id || json["metadata"]?["request_id"]?.string == id))
    return json
  }

  @Test func `another path or method is refused in its own form`() throws {
    func response(_ method: String, _ path: String) -> HTTPResponse? {
      DeepgramUpload.response(to: HTTPRequest(method: method, path: path), .both, id: Self.id)
    }
    #expect(DeepgramUpload.owns("/v1/listen") && DeepgramUpload.owns("/v2/listen") && !DeepgramUpload.owns("/v1/speak"))
    #expect(response("POST", "/v1/listen") == nil)
    let other = try #require(response("POST", "/v2/listen"))
    #expect(other.status == 404)
    #expect(try body(other)["err_code"]?.string == "NOT_FOUND")
    let get = try #require(response("GET", "/v1/listen"))
    #expect(get.status == 426 && get.headers.contains(.init("upgrade", "websocket")))
    #expect(try body(get)["err_code"]?.string == "UPGRADE_REQUIRED")
    let put = try #require(response("PUT", "/v1/listen"))
    #expect(put.status == 405 && put.headers.contains(.init("allow", "GET, HEAD, POST")))
    #expect(try body(put)["err_msg"]?.string == "/v1/listen: expected POST with a file, or a WebSocket, got PUT")
  }

  @Test(arguments: ["application/octet-stream", "audio/wav", "text/plain", nil])
  func `a body of any type is a file`(type: String?) throws {
    #expect(try opening([("model", "nova-3")], type: type).choice.engine == "mock")
  }

  private static let mistakes: [(query: [(String, String)], type: String?, bytes: [UInt8], words: String)] = [
    ([("callback", "http://there")], nil, [1], "callback: expected none"),
    ([], "application/json; charset=utf-8", [1], "body: expected an audio file: this server fetches no address"),
    ([], nil, [], "body: expected an audio file, got"),
    ([("encoding", "opus"), ("sample_rate", "48000")], nil, [1], "encoding: expected one of linear16"),
    ([("encoding", "linear16")], nil, [1], "sample_rate: expected one beside encoding"),
  ]

  @Test(arguments: mistakes)
  func `what can't be honored is 400, so that it is not tried again`(
    query: [(String, String)], type: String?, bytes: [UInt8], words: String
  ) throws {
    do {
      _ = try opening(query, type: type, body: bytes)
      Issue.record("it was taken")
    } catch let rejection as Rejection {
      #expect(rejection.response.status == 400)
      let json = try body(rejection.response)
      #expect(json["err_msg"]?.string?.hasPrefix(words) == true, "\(json.text)")
      #expect(rejection.response.headers.contains { $0.name == "dg-error" })
    }
  }

  // MARK: Channels

  /// The response to a file in which each channel has said something of its own.
  private func response(_ channels: [any RecordingDialect]) throws -> JSONValue {
    let output = CollectedOutput()
    var channels = channels
    // The last one to begin is the first to end.
    for index in channels.indices.reversed() {
      let segment = Segment(number: 1, start: Double(2 - index), end: 3, text: "Channel \(index).")
      channels[index].write(.update(TranscriptUpdate(segment: segment, stableWords: 0, isFinal: true)), to: output)
      let receipt = StreamReceipt(
        totals: StreamTotals(chunks: 3, bytes: 96_000, processed: 3), duration: 3,
        levels: Levels(samples: 48_000, sumOfSquares: 0, peak: 0, clipped: 0))
      channels[index].write(.receipt(receipt), to: output)
      #expect(output.parts.isEmpty)
      channels[index].write(.closing(.complete), to: output)
    }
    guard case .whole(let response)? = output.parts.first, output.parts.count == 1 else {
      throw DeepgramProblem("response", expected: "one", "\(output.parts.count)")
    }
    return try body(response)
  }

  private static let file = UploadedFile(
    bytes: 7, sha256: "abcd", format: AudioFormat(sampleRate: 16_000, channels: 2, encoding: .s16le))
  private static let identity = SessionIdentity(
    clientID: 1, name: SessionName(high: 0x0123_4567_89ab_cdef, low: 0x0123_4567_89ab_cdef))

  @Test func `channels have texts of their own if that is asked for, and utterances their order`() throws {
    #expect(try opening([("utterances", "true")]).channels == nil)
    let channels = try #require(try opening([("multichannel", "true"), ("utterances", "true")]).channels)
    let json = try response(channels(Self.file, Self.identity, 2))
    let texts = json["results"]?["channels"]?.array?.map { $0["alternatives"]?.array?.first?["transcript"]?.string }
    #expect(texts == ["Channel 0.", "Channel 1."])
    #expect(json["results"]?["utterances"]?.array?.map { $0["channel"]?.integer } == [1, 0])
    #expect(Set(json["results"]?["utterances"]?.array?.compactMap { $0["id"]?.string } ?? []).count == 2)
    #expect(json["metadata"]?["channels"]?.integer == 2)
    let receipt = json["metadata"]?["audio_service"]?["receipt"]
    #expect(receipt?["chunks"]?.integer == 6 && receipt?["bytes"]?.integer == 7)
    #expect(receipt?["sha256"]?.string == "abcd" && json["metadata"]?["duration"]?.double == 3)
  }

  @Test func `one channel that fails is an error, once`() throws {
    let channels = try #require(try opening([("multichannel", "true")]).channels)
    let output = CollectedOutput()
    for var channel in channels(Self.file, Self.identity, 2) { channel.write(.closing(.goingAway), to: output) }
    #expect(output.parts.count == 1)
    guard case .whole(let response)? = output.parts.first else { return }
    #expect(response.status == 503)
  }
}
