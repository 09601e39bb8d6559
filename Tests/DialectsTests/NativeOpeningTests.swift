import Audio
import JSON
import Recognition
import Streams
import Testing
import Web

@testable import Dialects

/// Requests for a stream, and how they are rejected.
struct NativeOpeningTests {
  private func rejection(_ query: [(String, String)], _ engines: EngineList = .mockAlone) throws -> HTTPResponse {
    do {
      _ = try DialectConnection(query, engines: engines)
    } catch let error as Rejection {
      return error.response
    }
    Issue.record("the request was accepted")
    throw CancellationError()
  }

  private func error(_ response: HTTPResponse) throws -> String? {
    try JSONValue(parsing: response.body)["error"]?.string
  }

  @Test func `a stream is at one path`() {
    #expect(NativeDialect.serves("/api/audio/ws"))
    for path in ["/", "/api/audio/ws/", "/ws", "/api/audio/health"] { #expect(!NativeDialect.serves(path)) }
  }

  @Test func `the URL says the kind of stream, what it leaves out is standard`() throws {
    let format = AudioFormat(sampleRate: 48_000, channels: 2, encoding: .f32le)
    let query = [
      ("sample_rate", "48000"), ("channels", "2"), ("encoding", "f32le"), ("engine", "speech"), ("words", "true"),
      ("x", "y"),
    ]
    #expect(
      try DialectConnection(query).request == StreamRequest(format: format, engine: "speech", wantsWords: true))
    #expect(try DialectConnection().request == StreamRequest(format: .standard, engine: "mock"))
  }

  @Test(arguments: [
    ("sample_rate", "7999", "an integer from 8000 to 384000"), ("sample_rate", "", "an integer from 8000 to 384000"),
    ("channels", "9", "an integer from 1 to 8"), ("channels", "2.5", "an integer from 1 to 8"),
    ("encoding", "mp3", "one of u8, s16le, s24le, s32le, f32le, mulaw, alaw"), ("engine", "x", "one of mock"),
    ("updates", "1", "true or false"), ("words", "yes", "true or false"),
  ])
  func `a bad parameter is named with what was expected and what came`(
    _ name: String, _ value: String, _ expectation: String
  ) throws {
    let response = try rejection([(name, value)])
    #expect(response.status == 400)
    #expect(try error(response) == #"\#(name): expected \#(expectation), got "\#(value)""#)
  }

  @Test func `an engine that the server was not started with is named with how it can be had`() throws {
    let response = try rejection([("engine", "speech")])
    #expect(response.status == 400)
    #expect(
      try error(response)
        == #"engine: expected one of mock, got "speech"; engine speech is unavailable: not enabled: start so"#)
  }

  @Test(arguments: [
    (["en"], "en", true), (["en"], "en-US", true), (["en"], "EN", true), (["en"], "ru", false), (["pt-BR"], "pt", true),
    (["de", "ru"], "ru", true), ([], "ru", true), (["en"], "eng", false),
  ])
  func `a language is one of the engine's, in any region, or any where none is known`(
    _ known: [String], _ language: String, _ isTaken: Bool
  ) throws {
    let engines = EngineList.speech(languages: known)
    // The order in the URL says nothing.
    let query = [("language", language), ("engine", "speech")]
    if isTaken {
      #expect(try DialectConnection(query, engines: engines).request.engine == "speech")
    } else {
      let response = try rejection(query, engines)
      #expect(response.status == 400)
      #expect(
        try error(response) == #"language: expected one of \#(known.joined(separator: ", ")), got "\#(language)""#)
    }
    #expect(try DialectConnection([("language", language)], engines: engines).request.engine == "mock")
  }

  @Test(arguments: [String(repeating: "a", count: 36), "en us", "русский", "en\""])
  func `what is no language tag is refused by every engine`(_ language: String) throws {
    let response = try rejection([("language", language)])
    #expect(response.status == 400)
    #expect(
      try error(response)?.hasPrefix("language: expected a language code such as en or pt-BR, got ") == true)
  }

  @Test func `an engine that is unavailable is for later`() throws {
    let response = try rejection([("engine", "speech")], .speech(reason: "no model"))
    #expect(response.status == 503)
    #expect(response.headers == [.init("retry-after", "60")])
    #expect(
      String(decoding: response.body, as: UTF8.self)
        == #"{"error":"engine speech is unavailable: no model","code":"engine_unavailable"}"#)
  }

  @Test(arguments: [
    (RejectionReason.tokenMissing, 401, "Access token required", "www-authenticate"),
    (.tokenUnknown, 401, "Unknown access token", "www-authenticate"),
    (.originNotAllowed, 403, "Origin not allowed (see --allow-origin)", ""),
    (.roleNotAllowed("metrics"), 403, "A token of the role metrics opens no streams", ""),
    (
      .operatorsOnly(hasTokens: true), 403, "Expected a token of the role operator (see audio-server token --help)", ""
    ),
    (
      .tooManyStreams(.ofAddress(limit: 3)), 429, "Too many connections from this address: 3 open, limit 3",
      "retry-after"
    ),
    (
      .tooManyStreams(.ofToken(limit: 3)), 429, "Too many connections with this token: 3 open, limit 3", "retry-after"
    ),
    (.unavailable, 503, "The server is full or shutting down: try again later", "retry-after"),
    (
      .workersFull(workers: 1, capacity: 12), 503,
      "The only worker is full, 12 streams in all: try again later, add workers, or raise --capacity", "retry-after"
    ),
    (
      .workersFull(workers: 6, capacity: 600), 503,
      "All 6 workers are full, 600 streams in all: try again later, add workers, or raise --capacity", "retry-after"
    ),
    (.malformed(status: 426, reason: "x", headers: [.init("upgrade", "websocket")]), 426, "x", "upgrade"),
  ])
  func `a rejection has its status, its words and its header`(
    _ reason: RejectionReason, _ status: Int, _ text: String, _ header: String
  ) throws {
    let response = NativeDialect.rejection(reason).response
    #expect(response.status == status)
    #expect(try error(response) == text)
    #expect(response.headers.map(\.name) == (header.isEmpty ? [] : [header]))
  }

  @Test(arguments: [
    (RejectionReason.tokenMissing, "token_missing", 1008), (.tokenUnknown, "token_unknown", 1008),
    (.originNotAllowed, "origin_not_allowed", 1008), (.roleNotAllowed("metrics"), "role_not_allowed", 1008),
    (.tooManyStreams(.ofToken(limit: 3)), "too_many_streams", 1013),
    (.delayed(RejectedForDelay(seconds: 6, limitSeconds: 5)), "overloaded", 1013),
    (.unavailable, "unavailable", 1013),
  ])
  func `a page is told on the WebSocket why it gets no stream, another client is not`(
    _ reason: RejectionReason, _ code: String, _ close: Int
  ) throws {
    func request(_ subprotocols: String?) -> HTTPRequest {
      HTTPRequest(
        method: "GET", path: NativeDialect.streamPath,
        headers: [("origin", "https://a.example")] + (subprotocols.map { [("sec-websocket-protocol", $0)] } ?? []))
    }
    let rejection = NativeDialect.rejection(reason)
    let refusal = try #require(
      NativeDialect.socketRefusal(of: rejection, to: request("audio-service.page, token.x")))
    #expect(refusal.subprotocol == "audio-service.page")
    #expect(refusal.code == close)
    let message = try JSONValue(parsing: refusal.text.utf8)
    #expect(message["code"]?.string == code)
    #expect(message["error"]?.string == rejection.error)
    for offer in [nil, "audio-service", "audio-service, token.audio-service.page"] {
      #expect(NativeDialect.socketRefusal(of: rejection, to: request(offer)) == nil)
    }
  }

  @Test func `of the subprotocols that are offered the page's comes first`() throws {
    func chosen(_ offer: String) throws -> String? {
      try NativeDialect.open(
        HTTPRequest(method: "GET", path: "/", headers: [("sec-websocket-protocol", offer)]), .mockAlone
      ).subprotocol
    }
    #expect(try chosen("audio-service, token.x") == "audio-service")
    #expect(try chosen("token.x, audio-service, audio-service.page") == "audio-service.page")
    #expect(throws: Rejection.self) { try chosen("chat") }
  }

  @Test func `the policy is the contract's`() {
    let policy = NativeDialect.policy
    #expect(policy.acknowledges && policy.isResumable)
    #expect(policy.textLimitBytes == 4096)
    #expect(
      policy.credentials == [.authorization(scheme: "bearer"), .query("token"), .subprotocol(prefix: "token.")])
  }
}

struct EngineListTests {
  @Test func `a stream may ask for any engine that is enabled, the default first`() {
    let list = EngineList(standard: "speech", enabled: ["mock", "speech"])
    #expect(list.selectable == ["speech", "mock"])
    #expect(EngineList.mockAlone.selectable == ["mock"])
  }

  @Test func `what a worker could not load is unavailable for its reason, and nothing else is`() {
    let list = EngineList.speech(reason: "no model")
    #expect(list.problem("speech") == "no model")
    #expect(list.problem("mock") == nil)
    #expect(EngineList.both.problem("speech") == nil)
    #expect(list.isContinuous("speech") && !list.isContinuous("mock") && !list.isContinuous("other"))
  }

  @Test func `before any worker's report, all engines but mock recognize speech`() {
    let list = EngineList(standard: "speech", enabled: ["mock", "speech"])
    #expect(list.isContinuous("speech") && !list.isContinuous("mock"))
  }

  @Test func `the latest worker's report counts`() {
    var list = EngineList.speech(reason: "no model")
    list.update(EngineList.both.statuses)
    #expect(list == .both)
  }
}
