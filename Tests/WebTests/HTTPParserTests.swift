import Testing

@testable import Web

struct HTTPParserTests {
  /// Every event, as text, however the bytes are cut.
  private func events(_ text: String, pieces: Int = .max, _ kind: HTTPParser.Kind = .requests) -> [String] {
    let parser = HTTPParser(kind)
    var found: [String] = []
    var rest = Array(text.utf8)[...]
    var body = ""
    while !rest.isEmpty {
      var piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      while !piece.isEmpty {
        let count = piece.withUnsafeBytes { bytes in
          let (count, events) = parser.read(bytes)
          for event in events {
            switch event {
            case .head(let head):
              found.append(kind == .requests ? "\(head.method) \(head.target)" : "\(head.status)")
            case .body(let bytes): body += String(decoding: bytes, as: UTF8.self)
            case .end, .upgrade:
              if !body.isEmpty { found.append(body) }
              body = ""
              if case .upgrade = event { found.append("upgrade") } else { found.append("end") }
            case .failed(let error): found.append("\(error.status)")
            }
          }
          return count
        }
        if found.last == "upgrade" {
          return found + [String(decoding: piece.dropFirst(count) + rest, as: UTF8.self)]
        }
        piece.removeFirst(count)
        if count == 0 { return found }
      }
    }
    return found
  }

  private func request(_ text: String) throws -> HTTPRequest {
    let parser = HTTPParser(.requests)
    let (_, events) = Array(text.utf8).withUnsafeBytes { parser.read($0) }
    for event in events {
      switch event {
      case .failed(let error): throw error
      case .head(let head): return try HTTPRequest(head, peer: "1.2.3.4:5", network: "1.2.3.4")
      case .body, .end, .upgrade: break
      }
    }
    throw RequestError(0, "incomplete")
  }

  private func status(_ text: String) -> Int? {
    do {
      _ = try request(text)
      return nil
    } catch {
      return (error as? RequestError)?.status
    }
  }

  @Test(arguments: [1, 2, 7, .max])
  func `requests follow each other, with bodies by length and in chunks`(pieces: Int) {
    let text =
      "\r\nGET /a?b HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      + "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
      + "HEAD / HTTP/1.0\r\n\r\n"
    #expect(
      events(text, pieces: pieces)
        == ["GET /a?b", "end", "POST /b", "hello", "end", "PUT /c", "abcde", "end", "HEAD /", "end"])
  }

  @Test(arguments: [1, 5, .max]) func `what follows an upgrade is not read`(pieces: Int) {
    let text = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    #expect(events(text + "\u{1}\u{2}GET", pieces: pieces) == ["GET /", "upgrade", "\u{1}\u{2}GET"])
  }

  @Test(arguments: [1, 5, .max]) func `responses are read to their end`(pieces: Int) {
    let text =
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "1\r\nx\r\n0\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    #expect(
      events(text + "rest", pieces: pieces, .responses)
        == ["401", "{}", "end", "503", "x", "end", "101", "upgrade", "rest"])
    #expect(
      events("HTTP/1.1 200 Connection established\r\n\r\nrest", pieces: pieces, .tunnelResponses)
        == ["200", "upgrade", "rest"])
    #expect(
      events("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", pieces: pieces, .tunnelResponses)
        == ["407", "no", "end"])
  }

  @Test(arguments: [
    ("\u{16}\u{3}\u{1}", 400), ("\0", 400), ("get / HTTP/1.1\r\n", 400), ("GET / HTTP/1.1\n", 400),
    ("GET / HTTP/1.1\r\nA: \0", 400), ("GET / XTTP/1.1\r\n", 400),
    ("GET /" + String(repeating: "x", count: 16_384), 414), ("FOO / HTTP/1.1\r\n", 405), ("GOT / HTTP/1.1\r\n", 405),
    ("GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 16_384), 431),
    ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 101), 431),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1 x\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nA: b\rC: d\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\n\r\n", 400),
    ("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505), ("GET / HTTP/3.0\r\n\r\n", 505), ("GET / HTTP/1x1\r\n\r\n", 400),
    ("GET /" + String(repeating: "x", count: 17_000) + " HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n", 414),
    ("FOO /" + String(repeating: "x", count: 17_000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414),
  ])
  func `what can't be a request is refused as soon as that is seen`(text: String, status: Int) {
    #expect(events(text).last == "\(status)")
    for pieces in [1, 7, 1000] { #expect(events(text, pieces: pieces).last == "\(status)") }
  }

  /// Some versions of llhttp, and other readers, take these for bodies of other lengths.
  @Test(arguments: [
    "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\n\n0\r\n\r\n", "5\rXhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\rX", "5\r\nhello0\r\n\r\n",
    "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n", "5\r\nhello\r\n0\r\nA: b\n\r\n", "5\r\nhello\r\n0\r\nA: b\r\n\n",
    "5\r\nhello\r\n0\r\n A: b\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
    "5\r\r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n", "\r\n0\r\n\r\n",
  ])
  func `chunks that readers disagree on are refused, and what follows is no request`(chunks: String) {
    let next = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    let text = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + next
    for pieces in [1, 2, 7, .max] {
      let events = events(text, pieces: pieces)
      #expect(events.last == "400" && !events.contains("end"), "\(events)")
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505), ("GET / HTTP/1.0\r\n\r\n", nil),
    ("GET /\r\nHost: h\r\n\r\n", 400), ("GET /\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nA: c\r\n\r\n", nil),
    ("GET / HTTP/1.1\r\nHost: h\r\nA:\r\n\r\n", nil), ("GET /../a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n", nil),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\nContent-Length: 5\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: , chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
  ])
  func `a head is a request or is refused`(text: String, wanted: Int?) { #expect(status(text) == wanted) }

  @Test func `the lines behind a chunked body may not be endless`() {
    let text =
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " + String(repeating: "x", count: 17_000)
    for pieces in [100, .max] { #expect(events(text, pieces: pieces) == ["PUT /", "431"]) }
  }

  @Test(arguments: [
    ("FOO / HTTP/1.1\r\n", "405"), ("I\u{1} / HTTP/1.1\r\n", "400"), ("IONS\u{16}\r\n", "400"), ("Get / \r\n", "400"),
  ])
  func `a request with an unknown method is refused in the same way however it comes`(text: String, status: String) {
    for pieces in [1, 2, 4, .max] { #expect(events(text, pieces: pieces) == [status]) }
  }

  @Test(arguments: [
    ("h", true), ("h.example:80", true), ("h:", true), ("192.0.2.1:8000", true), ("[::1]", true), ("[::1]:80", true),
    ("[v1.a:b]", true), ("[fe80::1%eth0]:80", true), ("[fe80::1%25eth0]", true), ("[fe80::1%]", false),
    ("a_b-c.example", true), ("%41", true), ("", false), (":80", false), ("a b/c@d", false),
    ("a/b", false), ("a@b", false), ("[::1", false), ("[a:b]", false), ("[1.2.3.4]", false), ("[::1]x", false),
    ("h:80:80", false), ("h:x", false), ("h:65536", false), ("%4", false), ("h\u{e4}", false), ("a,b:c", false),
  ])
  func `a Host header names a host, and perhaps a port`(host: String, isTaken: Bool) {
    #expect((status("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == nil) == isTaken)
    if !host.isEmpty, host != "a/b" {
      #expect((status("GET http://\(host)/ HTTP/1.1\r\nHost: h\r\n\r\n") == nil) == isTaken)
    }
    // Where it may be missing it may be empty.
    #expect((status("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n") == nil) == (isTaken || host.isEmpty))
  }

  @Test func `a response without a body has none, whatever its headers say`() {
    for status in [100, 103, 204, 304] {
      let text = "HTTP/1.1 \(status) X\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n"
      for pieces in [1, .max] {
        #expect(events(text, pieces: pieces, .responses) == ["\(status)", "end", "200", "end"])
      }
    }
  }

  @Test(arguments: [
    ("SSH-2.0-x\r\n", "Malformed status line: expected HTTP/1.1, a status of three digits and a reason"),
    ("HTTP/1.1 2000 X\r\n", "Malformed status line: expected HTTP/1.1, a status of three digits and a reason"),
    ("HTTP/1.2 200 OK\r\n\r\n", "Unsupported HTTP version: expected 1.1 or 1.0"),
    ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 17_000), "Response headers too long"),
    ("HTTP/1.1 200 " + String(repeating: "x", count: 17_000), "Status line too long"),
    ("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 101), "Too many response headers"),
  ])
  func `what is wrong with a response is not said of a request`(text: String, reason: String) {
    let parser = HTTPParser(.responses)
    let events = Array(text.utf8).withUnsafeBytes { parser.read($0).events }
    guard case .failed(let error)? = events.last else {
      Issue.record("\(events)")
      return
    }
    #expect(error.reason == reason)
  }

  @Test func `headers are found whatever their case, without the blanks around them`() throws {
    let request = try request(
      "GET /a?b=c HTTP/1.1\r\nHost:h\r\nX-Name: \t two words \t\r\nEmpty:\r\nUmlaut: h\u{e4}\r\nL: a, ,b\r\nl: c\r\n\r\n"
    )
    #expect(request.header("host") == "h")
    #expect(request.header("x-NAME") == "two words")
    #expect(request.header("empty") == "")
    #expect(request.header("umlaut") == "h\u{e4}")
    #expect(request.header("none") == nil)
    #expect(request.headers.items("L") == ["a", "b", "c"])
    #expect((request.method, request.path, request.network) == ("GET", "/a", "1.2.3.4"))
    #expect(request.query("b") == "c")
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: h\r\n", true), ("POST / HTTP/1.1\r\nHost: h\r\n", true), ("GET / HTTP/1.0\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n", false),
  ])
  func `a connection is kept for another request unless the client says otherwise`(
    text: String, keepsAlive: Bool
  ) throws {
    #expect(try request(text + "\r\n").keepsAlive == keepsAlive)
  }
}

struct RequestTargetTests {
  @Test(arguments: [
    ("/", "/"), ("/a/b", "/a/b"), ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/a/b/..", "/a/"), ("/a/.", "/a/"),
    ("/a/%2e%2E/b", "/b"), ("/a%2F..%2Fb", "/b"), ("//a", "//a"), ("/%68%C3%A4", "/h\u{e4}"), ("/...", "/..."),
    ("http://host:1/a", "/a"), ("HTTPS://host?x", "/"), ("/a%20b", "/a b"),
  ])
  func `a path is decoded and stays where it is`(target: String, path: String) throws {
    #expect(try RequestTarget(target[...]).path == path)
  }

  @Test(arguments: [
    "", "a", "*", "/..", "/../a", "/a/../..", "/%2e%2e", "/%00", "/%0a", "/%7F", "/%", "/%4", "/%4g", "/%+4", "/%ff",
    "/%c0%af", "/a#b", "h:1",
  ])
  func `a target that leads elsewhere or can't be read is refused`(target: String) {
    #expect { try RequestTarget(target[...]) } throws: { ($0 as? RequestError)?.status == 400 }
  }

  @Test func `a query's items are split before they are decoded`() throws {
    let target = try RequestTarget("/p?a=1%262&&b=&c&d=x=y&%61=z?")
    #expect(target.query.map(\.name) == ["a", "b", "c", "d", "a"])
    #expect(target.query.map(\.value) == ["1&2", "", "", "x=y", "z?"])
    #expect { try RequestTarget("/p?a=%zz") } throws: { ($0 as? RequestError)?.status == 400 }
  }

  @Test func `connections are counted by network, up to a limit`() {
    var count = ConnectionCount()
    let entered = [("a", 2), ("a", 2), ("a", 2), ("b", 2), ("a", 0)].map { count.enter($0, maximum: $1) }
    #expect(entered == [true, true, false, true, true])
    for network in ["a", "a", "a", "b"] { count.leave(network) }
    #expect(count == ConnectionCount())
  }
}
