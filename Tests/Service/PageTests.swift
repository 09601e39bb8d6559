import Support
import Testing

/// The page, as the real server serves it.
@Suite struct PageTests {
  private func ask(_ server: TestServer, _ request: String, headers: String = "") throws -> (head: String, body: String)
  {
    let socket = try RawSocket(port: server.port)
    try socket.send("\(request) HTTP/1.1\r\nHost: localhost\r\n\(headers)Connection: close\r\n\r\n")
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n") else { throw TestFailure("no answer but \(text)") }
    // Each says when it was made.
    let lines = text[..<gap.lowerBound].split(separator: "\r\n").filter { !$0.hasPrefix("date: ") }
    return (lines.joined(separator: "\r\n"), String(text[gap.upperBound...]))
  }

  @Test func `the page needs no token, and comes once`() async throws {
    let folder = try TemporaryFolder()
    let tokens = try folder.file("tokens", [])
    let server = try await TestServer(["--auth-tokens", tokens])
    let said = server.program.standardError.text
    #expect(said.contains("listening on http://127.0.0.1:\(server.port) page=http://127.0.0.1:\(server.port)/\n"))
    for path in ["/", "/operator", "/embed"] {
      let (head, body) = try ask(server, "GET \(path)")
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n"), "\(head)")
      #expect(head.contains("\r\ncontent-security-policy: default-src 'none'; "))
      #expect(body.hasPrefix("<!doctype html>"))
      let bare = try ask(server, "HEAD \(path)")
      #expect(bare == (head, ""))
      let tag = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("etag: ") }).dropFirst(6)
      let known = try ask(server, "GET \(path)", headers: "If-None-Match: \(tag)\r\n")
      #expect(known.head.hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
      #expect(!known.head.contains("content-length") && known.body.isEmpty)
      #expect(try ask(server, "POST \(path)").head.hasPrefix("HTTP/1.1 405 "))
    }
    for path in ["/page/index.html", "/page/../index.html/x", "/page/%2e%2e/%2e%2e/etc/passwd"] {
      #expect(try !ask(server, "GET \(path)").head.hasPrefix("HTTP/1.1 200"), "\(path)")
    }
  }

  @Test func `a folder can be served instead, or nothing`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("index.html", Array("mine".utf8))
    let server = try await TestServer(["--page", folder.path])
    #expect(try ask(server, "GET /").body == "mine")
    // Without it the path is a WebSocket only.
    let none = try await TestServer(["--no-page"])
    #expect(try ask(none, "GET /").head.hasPrefix("HTTP/1.1 426 "))
    #expect(!none.program.standardError.text.contains("page="))
    let empty = try TemporaryFolder()
    let wrong = try await Program.run("audio-server", ["--port", "0", "--page", empty.path])
    #expect(wrong.end == .status(2))
    #expect(wrong.standardError.text.contains("--page: expected a folder with an index.html, got \"\(empty.path)\""))
    let both = try await Program.run("audio-server", ["--no-page", "--page", folder.path])
    #expect(both.end == .status(2))
  }
}
