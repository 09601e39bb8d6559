import Testing
import Web

@testable import Web

struct HTTPTests {
  @Test func `an answer says its length and whether more may follow`() {
    let response = HTTPResponse(status: 503, json: "{}", headers: [.init("retry-after", "2")])
    let text = String(decoding: response.encoded(isHead: false, keepAlive: false, date: "D"), as: UTF8.self)
    #expect(
      text == "HTTP/1.1 503 Service Unavailable\r\ndate: D\r\ncontent-type: application/json\r\ncontent-length: 2\r\n"
        + "retry-after: 2\r\nconnection: close\r\n\r\n{}")
    let head = String(decoding: response.encoded(isHead: true, keepAlive: true), as: UTF8.self)
    #expect(head.hasSuffix("content-length: 2\r\nretry-after: 2\r\nconnection: keep-alive\r\n\r\n"))
  }

  @Test func `a response says when it was made`() {
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
    let response = HTTPResponse(status: 304).encoded(isHead: false, keepAlive: true)
    #expect(String(decoding: response, as: UTF8.self).contains("\r\ndate: "))
  }

  @Test func `a header's value cannot become further headers`() {
    let response = HTTPResponse(status: 200, headers: [.init("x", "a\r\nset-cookie: b")])
    #expect(
      !String(decoding: response.encoded(isHead: false, keepAlive: true), as: UTF8.self).contains("\r\nset-cookie"))
  }

  @Test func `headers are found whatever their case, query items by name`() {
    let request = HTTPRequest(
      method: "GET", path: "/", query: [.init(name: "a", value: "1"), .init(name: "a", value: "2")],
      headers: [("Host", "x")])
    #expect(request.header("hOST") == "x")
    #expect(request.header("origin") == nil)
    #expect(request.query("a") == "2")
    #expect(request.query("b") == nil)
  }

  private func upgrade(_ change: (inout [String: String]) -> Void, method: String = "GET") -> Int? {
    var headers = [
      "connection": "keep-alive, Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]
    change(&headers)
    return Handshake.refusal(of: HTTPRequest(method: method, path: "/", headers: headers.map { ($0, $1) }))?.status
  }

  @Test func `a handshake lacks nothing, or is told what`() {
    #expect(upgrade { _ in } == nil)
    #expect(upgrade({ _ in }, method: "POST") == 405)
    #expect(upgrade { $0["connection"] = "close" } == 400)
    #expect(upgrade { $0["connection"] = nil } == 400)
    #expect(upgrade { $0["sec-websocket-version"] = "8" } == 426)
    #expect(upgrade { $0["sec-websocket-version"] = nil } == 426)
    #expect(upgrade { $0["sec-websocket-key"] = nil } == 400)
    #expect(upgrade { $0["sec-websocket-key"] = "short==" } == 400)
    #expect(upgrade { $0["sec-websocket-protocol"] = "chat" } == nil)
    #expect(upgrade { $0["sec-websocket-protocol"] = "a b" } == 400)
    #expect(upgrade { $0["sec-websocket-protocol"] = "a, b/c" } == 400)
    #expect(upgrade { $0["content-length"] = "3" } == 400)
    #expect(upgrade { $0["transfer-encoding"] = "chunked" } == 400)
  }

  @Test func `a handshake's key is answered as in the RFC's example`() {
    #expect(Handshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  @Test func `a static file is sent once, and 304 to a client that has it`() {
    let file = StaticFile(contentType: "text/css", bytes: Array("a{}".utf8))
    func response(_ method: String, _ headers: [(name: String, value: String)] = []) -> HTTPResponse {
      file.response(to: HTTPRequest(method: method, path: "/a.css", headers: headers))
    }
    #expect(response("GET").body == Array("a{}".utf8))
    #expect(response("GET").headers.first == .init("etag", file.entityTag))
    for tag in [file.entityTag, "W/" + file.entityTag, "\"other\", \(file.entityTag)", "*"] {
      #expect(response("GET", [("If-None-Match", tag)]).status == 304)
    }
    #expect(response("GET", [("If-None-Match", "\"other\"")]).status == 200)
    #expect(response("POST").status == 405)
    let head = String(decoding: response("HEAD").encoded(isHead: true, keepAlive: true), as: UTF8.self)
    #expect(head.contains("content-length: 3\r\n") && head.hasSuffix("\r\n\r\n"))
    let known = response("GET", [("If-None-Match", "*")]).encoded(isHead: false, keepAlive: true)
    #expect(!String(decoding: known, as: UTF8.self).contains("content-"))
    #expect(file.entityTag != StaticFile(contentType: "text/css", bytes: Array("b{}".utf8)).entityTag)
  }
}
