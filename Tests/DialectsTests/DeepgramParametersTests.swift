import Audio
import Recognition
import Testing
import Web

@testable import Dialects

struct DeepgramParametersTests {
  private func parameters(_ query: [(String, String)], _ engines: EngineList = .speech(languages: ["en"])) throws
    -> DeepgramParameters
  {
    try DeepgramParameters(query.map { HTTPRequest.QueryItem(name: $0.0, value: $0.1) }, engines)
  }

  @Test(arguments: [
    ("linear16", SampleEncoding.s16le), ("linear32", .s32le), ("mulaw", .mulaw), ("ALAW", .alaw),
  ])
  func `samples have an encoding, a rate and channels`(_ name: String, encoding: SampleEncoding) throws {
    let parameters = try parameters([("encoding", name), ("sample_rate", "8000"), ("channels", "2")])
    #expect(parameters.format == AudioFormat(sampleRate: 8000, channels: 2, encoding: encoding))
  }

  @Test func `without an encoding nothing is known of the samples`() throws {
    #expect(try parameters([("sample_rate", "8000")]).format == nil)
    #expect(try parameters([]).request.format == .standard)
  }

  @Test(arguments: [
    ("true", UtteranceWishes(partials: false, bounds: true)),
    ("25", UtteranceWishes(partials: false, bounds: true, silenceMilliseconds: 100)),
    ("800", UtteranceWishes(partials: false, bounds: true, silenceMilliseconds: 800)),
    ("9000", UtteranceWishes(partials: false, bounds: true, silenceMilliseconds: 2000)),
    ("False", UtteranceWishes(partials: false, bounds: true)),
  ])
  func `endpointing is the silence that ends an utterance, within limits`(_ value: String, wishes: UtteranceWishes)
    throws
  {
    #expect(try parameters([("endpointing", value)]).request.utterances == wishes)
  }

  @Test func `an engine's name chooses it, any other model means the default; the last of several counts`() throws {
    #expect(try parameters([("model", "speech")]).choice.engine == "speech")
    #expect(try parameters([("model", "nova-3"), ("keyterm", "a"), ("keyterm", "b")]).choice.engine == "mock")
    #expect(try parameters([("interim_results", "TRUE"), ("interim_results", "false")]).sendsInterims == false)
    #expect(try parameters([("model", "speech"), ("language", "en-GB")]).choice.engine == "speech")
    for language in ["multi", "auto", ""] { _ = try parameters([("model", "speech"), ("language", language)]) }
    #expect(try parameters([("language", "de")]).choice.engine == "mock")
  }

  @Test(arguments: [
    ("encoding", "opus", #"encoding: expected one of linear16, linear32, mulaw, alaw, got "opus""#),
    ("sample_rate", "7", #"sample_rate: expected an integer from 8000 to 384000, got "7""#),
    ("encoding", "linear16", #"sample_rate: expected one beside encoding, got """#),
    ("channels", "9", #"channels: expected an integer from 1 to 8, got "9""#),
    ("interim_results", "yes", #"interim_results: expected true or false, got "yes""#),
    ("utterance_end_ms", "999", #"utterance_end_ms: expected an integer from 1000 to 5000, got "999""#),
    ("endpointing", "-1", #"endpointing: expected milliseconds, true or false, got "-1""#),
    ("callback", "http://h", #"callback: expected none: this server calls no address, got "http://h""#),
    ("language", "de", #"language: expected one of en, got "de""#),
  ])
  func `what can't be honored is refused before the stream, in Deepgram's form`(
    _ name: String, value: String, reason: String
  ) throws {
    let query = [(name, value), ("model", "speech")]
    do {
      _ = try DialectConnection(
        query, engines: .speech(languages: ["en"]), of: DeepgramDialect.self, path: "/v1/listen")
      Issue.record("\(name)=\(value) was taken")
    } catch let rejection as Rejection {
      #expect(rejection.error == reason)
      #expect(rejection.response.status == 400)
      let body = String(decoding: rejection.response.body, as: UTF8.self)
      #expect(body.hasPrefix(#"{"err_code":"INVALID_QUERY_PARAMETER","err_msg":"#))
      let id = try #require(rejection.response.headers.first { $0.name == "dg-request-id" }?.value)
      #expect(body.hasSuffix(#""request_id":"\#(id)"}"#) && id.count == 36)
      #expect(rejection.response.headers.contains(.init("dg-error", reason)))
    }
  }

  @Test func `channels are recognized apart if that is asked for and there may be several`() throws {
    func channels(_ query: [(String, String)]) throws -> Opening.Channels? {
      let items = query.map { HTTPRequest.QueryItem(name: $0.0, value: $0.1) }
      return try DeepgramDialect.open(HTTPRequest(method: "GET", path: "/v1/listen", query: items), .both).channels
    }
    let raw = [("encoding", "linear16"), ("sample_rate", "8000")]
    #expect(try channels(raw + [("channels", "2")]) == nil)
    #expect(try channels(raw + [("multichannel", "true")]) == nil)
    let stereo = try channels(raw + [("multichannel", "true"), ("channels", "2")])
    #expect(stereo?.format == AudioFormat(sampleRate: 8000, channels: 2, encoding: .s16le))
    // A header will say.
    let file = try channels([("multichannel", "True")])
    #expect(file != nil && file?.format == nil)
  }

  @Test(arguments: [
    (RejectionReason.tokenMissing, 401, "INVALID_AUTH"), (.roleNotAllowed("operator"), 403, "INSUFFICIENT_PERMISSIONS"),
    (.tooManyStreams(.ofToken(limit: 3)), 429, "TOO_MANY_REQUESTS"), (.unavailable, 503, "SERVICE_UNAVAILABLE"),
  ])
  func `a refusal has Deepgram's code for it`(_ reason: RejectionReason, status: Int, code: String) {
    let response = DeepgramDialect.rejection(reason).response
    #expect(response.status == status)
    #expect(String(decoding: response.body, as: UTF8.self).hasPrefix(#"{"err_code":"\#(code)","#))
    #expect(status != 503 || response.headers.contains { $0.name == "retry-after" })
  }

  @Test func `the model that is not there is unavailable`() {
    #expect(throws: Rejection.self) {
      _ = try DialectConnection(
        [("model", "speech")], engines: .mockAlone, of: DeepgramDialect.self, path: "/v1/listen")
    }
  }

  @Test func `the response to the upgrade names the request`() throws {
    let opening = try DeepgramDialect.open(HTTPRequest(method: "GET", path: "/v1/listen"), .both)
    #expect(
      opening.headers(SessionName(high: 0x0123_4567_89ab_cdef, low: 0x0123_4567_89ab_cdef))
        == [.init("dg-request-id", "01234567-89ab-cdef-0123-456789abcdef")])
  }
}
