import JSON
import Support
import Testing

/// Requests that are refused before a stream or an upload begins, in the form of the protocol whose path they name.
@Suite struct EarlyErrorTests {
  private struct Answer {
    var status: Int
    var json: JSONValue?
  }

  private func answer(_ server: TestServer, _ request: String) throws -> Answer {
    let socket = try RawSocket(port: server.port)
    try? socket.send(Array(request.utf8))
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n") else { throw TestFailure("no answer but \(text)") }
    return Answer(
      status: Int(text.dropFirst(9).prefix(3)) ?? 0, json: try? JSONValue(parsing: text[gap.upperBound...].utf8))
  }

  /// Where each protocol has the sentence.
  private func sentence(_ json: JSONValue?, of path: String) -> String? {
    switch path {
    case "/v1/listen", "/v2/listen": json?["request_id"] == nil ? nil : json?["err_msg"]?.string
    case "/v1/realtime", "/v1/models", "/v1/audio/transcriptions", "/v1/other":
      json?["error"]?["type"] == nil ? nil : json?["error"]?["message"]?.string
    case "/v2", "/v2/en": json?["code"] == nil ? nil : json?["error"]?.string
    default: json?["error"]?.string
    }
  }

  private static let paths = [
    "/v1/listen", "/v1/realtime", "/v1/models", "/v1/audio/transcriptions", "/v2", "/v2/en", "/vosk",
    "/api/audio/ws",
  ]

  @Test func `a head that is no HTTP, or too long, is refused in the form of its path`() async throws {
    let server = try await TestServer()
    let many = (0..<101).map { "X-\($0): 1\r\n" }.joined()
    for path in Self.paths {
      for (rest, status) in [
        (many, 431), ("Cookie: \(String(repeating: "a", count: 16_384))\r\n", 431), ("Host : h\r\n", 400),
        ("Host: h\r\nHost: h\r\n", 400), ("", 400), ("Host: h\r\nTransfer-Encoding: gzip\r\n", 501),
      ] {
        let answer = try answer(server, "POST \(path)?model=a HTTP/1.1\r\n\(rest)\r\n")
        #expect(answer.status == status, "\(path) \(rest.prefix(20))")
        #expect(sentence(answer.json, of: path) != nil, "\(path) \(rest.prefix(20)): \(answer.json?.text ?? "")")
      }
    }
  }

  @Test func `a method that nobody knows is refused in the form of its path, whole or in pieces`() async throws {
    let server = try await TestServer()
    for path in Self.paths + ["/v1/other", "/v2/listen"] {
      for method in ["BREW", "GETX", "G", "POSTER"] {
        let answer = try answer(server, "\(method) \(path)?model=a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(answer.status == 405, "\(method) \(path)")
        #expect(sentence(answer.json, of: path) == "Unknown method", "\(method) \(path): \(answer.json?.text ?? "")")
      }
    }
    let socket = try RawSocket(port: server.port)
    for byte in Array("BREW /v1/listen HTTP/1.1\r\n".utf8) { try socket.send([byte]) }
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    #expect(
      text.hasPrefix("HTTP/1.1 405 ") && text.contains("dg-request-id") && text.contains("\r\nallow: GET, HEAD, POST"))
  }

  @Test func `what is no handshake, or has no WebSocket, is refused in the form of its path`() async throws {
    let server = try await TestServer()
    let upgrade = "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for path in Self.paths {
      for (method, head, status) in [("GET", upgrade, 400), ("POST", upgrade + key, 405)] {
        let answer = try answer(server, "\(method) \(path) HTTP/1.1\r\n\(head)\r\n")
        #expect(answer.status == status && sentence(answer.json, of: path) != nil, "\(path) \(answer.json?.text ?? "")")
      }
    }
    for path in ["/v1/other", "/v2/listen"] {
      let answer = try answer(server, "GET \(path) HTTP/1.1\r\n\(upgrade)\(key)Connection: close\r\n\r\n")
      #expect(answer.status == 404 && sentence(answer.json, of: path) != nil, "\(path) \(answer.json?.text ?? "")")
    }
  }
}
