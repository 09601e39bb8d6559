import Dialects
import JSON
import Recognition
import Testing
import Web

@testable import Server

struct EndpointsTests {
  private func answer(_ method: String, _ path: String) -> HTTPResponse {
    Endpoints.answer(HTTPRequest(method: method, path: path), engines: .mock(andSpeech: .ready))
  }

  private func error(_ response: HTTPResponse) throws -> String? {
    try JSONValue(parsing: response.body)["error"]?.string
  }

  @Test(arguments: ["GET", "HEAD"]) func `health is exactly what the contract says`(method: String) {
    let response = answer(method, "/api/audio/health")
    #expect(response.status == 200)
    #expect(response.contentType == "application/json")
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"status":"ok"}"#)
  }

  @Test(arguments: [
    ("POST", "/api/audio/health", 405, "/api/audio/health: expected GET, got POST", "allow"),
    ("POST", "/api/audio/streams", 405, "/api/audio/streams: expected GET, got POST", "allow"),
    ("POST", "/api/audio/engines", 405, "/api/audio/engines: expected GET, got POST", "allow"),
    ("DELETE", "/api/audio/ws", 405, "/api/audio/ws: expected GET, got DELETE", "allow"),
    ("GET", "/api/audio/ws", 426, "/api/audio/ws is a WebSocket: expected an upgrade request", "upgrade"),
  ])
  func `another request is refused with an error and what would be right`(
    _ method: String, _ path: String, _ status: Int, _ text: String, _ header: String
  ) throws {
    let response = answer(method, path)
    #expect(response.status == status)
    #expect(try error(response) == text)
    #expect(response.headers.map(\.name) == [header])
  }

  @Test(arguments: ["/", "/api/audio/ws/", "/ws"]) func `a path that is not there is answered with those that are`(
    path: String
  ) throws {
    let response = answer("GET", path)
    #expect(response.status == 404)
    let text = try #require(try error(response))
    #expect(text.hasPrefix("\(path): no such path; expected one of /api/audio/health, "))
    #expect(text.contains("/metrics") && text.contains("/api/audio/ws"))
  }

  @Test func `the engines and their states are listed`() throws {
    let response = answer("GET", "/api/audio/engines")
    #expect(response.status == 200)
    #expect(try JSONValue(parsing: response.body)["default"]?.string == "mock")
  }

  @Test func `whether the server is ready`() throws {
    #expect(Endpoints.readiness(nil) == HTTPResponse(status: 200, json: #"{"status":"ready"}"#))
    let response = Endpoints.readiness("no worker")
    #expect(response.status == 503)
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"status":"unready","reason":"no worker"}"#)
  }
}
