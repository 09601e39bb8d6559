import Audio
import Contract
import JSON
import Testing
import Web
import WebSocket

@testable import Server

struct RoutesTests {
  private func answer(_ method: String, _ path: String) -> HTTPResponse {
    Routes.answer(HTTPRequest(method: method, path: path), engines: .mockAlone)
  }

  private func upgrade(_ query: [(String, String)], path: String = "/api/audio/ws", hasRoom: Bool = true)
    -> Routes.Upgrade
  {
    let items = query.map { HTTPRequest.QueryItem(name: $0.0, value: $0.1) }
    return Routes.upgrade(
      HTTPRequest(method: "GET", path: path, query: items), engines: .mockAlone, hasRoom: hasRoom)
  }

  private func refusal(_ upgrade: Routes.Upgrade) throws -> HTTPResponse {
    guard case .refuse(let response) = upgrade else {
      Issue.record("the upgrade was accepted")
      throw CancellationError()
    }
    return response
  }

  @Test func `health is exactly what the contract says`() {
    let response = answer("GET", "/api/audio/health")
    #expect(response.status == 200)
    #expect(response.contentType == "application/json")
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"status":"ok"}"#)
  }

  @Test func `other requests are refused with a JSON error`() throws {
    for (method, path, status) in [
      ("POST", "/api/audio/health", 405), ("GET", "/api/audio/ws", 426), ("DELETE", "/api/audio/ws", 405),
      ("GET", "/", 404), ("GET", "/api/audio/ws/", 404),
    ] {
      let response = answer(method, path)
      #expect(response.status == status, "\(method) \(path)")
      #expect(try JSONValue(parsing: response.body)["error"]?.string != nil)
    }
  }

  @Test func `the URL says the format`() {
    let format = AudioFormat(sampleRate: 48_000, channels: 2, encoding: .f32le)
    #expect(
      upgrade([("sample_rate", "48000"), ("channels", "2"), ("encoding", "f32le"), ("engine", "mock"), ("x", "y")])
        == .accept(StreamParameters(format: format, engine: "mock")))
    #expect(upgrade([]) == .accept(StreamParameters(engine: "mock")))
  }

  @Test(arguments: [
    ("sample_rate", "7999", "8000 to 384000"), ("sample_rate", "", "8000 to 384000"), ("channels", "9", "1 to 8"),
    ("channels", "2.0", "1 to 8"), ("encoding", "mp3", "u8, s16le"), ("engine", "speech", "mock"),
  ])
  func `a bad parameter is named with its value and what is allowed`(name: String, value: String, allowed: String)
    throws
  {
    let response = try refusal(upgrade([(name, value)]))
    #expect(response.status == 400)
    let error = try #require(try JSONValue(parsing: response.body)["error"]?.string)
    #expect(error.contains(name) && error.contains("\"\(value)\"") && error.contains(allowed), "\(error)")
  }

  @Test func `the engines and their states are told`() throws {
    let response = answer("GET", "/api/audio/engines")
    #expect(response.status == 200)
    #expect(try JSONValue(parsing: response.body)["default"]?.string == "mock")
    #expect(answer("POST", "/api/audio/engines").status == 405)
  }

  @Test func `an engine that can't be had is refused for its reason, whether asked for or not`() throws {
    for query in [[], [HTTPRequest.QueryItem(name: "engine", value: "speech")]] {
      let request = HTTPRequest(method: "GET", path: "/api/audio/ws", query: query)
      let response = try refusal(Routes.upgrade(request, engines: .speech(reason: "no model"), hasRoom: true))
      #expect(response.status == 503)
      #expect(response.headers.contains { $0.name == "retry-after" })
      let error = try JSONValue(parsing: response.body)["error"]?.string
      #expect(error == "engine speech is unavailable: no model")
    }
    let mock = HTTPRequest(method: "GET", path: "/api/audio/ws", query: [.init(name: "engine", value: "mock")])
    #expect(
      Routes.upgrade(mock, engines: .speech(reason: "no model"), hasRoom: true)
        == .accept(StreamParameters(engine: "mock")))
  }

  @Test func `a stream is at one path only, and when the server is full it says when to come again`() throws {
    #expect(try refusal(upgrade([], path: "/ws")).status == 404)
    let full = try refusal(upgrade([], hasRoom: false))
    #expect(full.status == 503)
    #expect(full.headers.contains { $0.name == "retry-after" })
  }
}
