import IO
import Testing
import Web

@testable import WebSocket

struct RequestHeadTests {
  private func take(_ text: String, pieces: Int = .max) -> RequestHead.Step {
    var head = RequestHead()
    var rest = Array(text.utf8)[...]
    var step = RequestHead.Step.more
    while !rest.isEmpty, step == .more {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      step = piece.withUnsafeBytes { head.take($0) }
    }
    return step
  }

  private func status(_ text: String) -> Int? {
    if case .refuse(let error) = take(text) { return error.status }
    var head = RequestHead()
    _ = Array(text.utf8).withUnsafeBytes { head.take($0) }
    do throws(RequestError) {
      _ = try HTTPRequest(head: head.bytes)
      return nil
    } catch {
      return error.status
    }
  }

  @Test func `a head ends with its empty line, and what follows is not its own`() {
    let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    #expect(take(text + "more") == .whole(text.utf8.count))
    #expect(take("\r\n" + text) == .whole(text.utf8.count + 2))
    #expect(take(text, pieces: 1) == .whole(1))
    #expect(take(String(text.dropLast())) == .more)
  }

  @Test(arguments: [
    ("\u{16}\u{3}\u{1}", 400), ("\0", 400), ("get / HTTP/1.1", 400), ("\r\n\r\n", 400), ("GET / HTTP/1.1\n", 400),
    ("GET /\u{e9}", 400), ("GET /\t", 400), ("GET / HTTP/1.1\r\nA: \0", 400), ("GET / HTTP/1.1\rH", 400),
    ("GET /" + String(repeating: "x", count: 8192), 414),
    ("GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 8192), 431),
    ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 101), 431),
  ])
  func `what can't become a head is refused as soon as that is seen`(text: String, wanted: Int) {
    guard case .refuse(let error) = take(text) else {
      Issue.record("\(text.prefix(40)) was taken")
      return
    }
    #expect(error.status == wanted)
    #expect(!error.reason.isEmpty)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505), ("GET / HTTP/1.0\r\n\r\n", nil),
    ("GET / XTTP/1.1\r\nHost: h\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET /\r\nHost: h\r\n\r\n", 400), ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nA: c\r\n\r\n", nil), ("GET / HTTP/1.1\r\nHost: h\r\nA:\r\n\r\n", nil),
  ])
  func `a head is a request or is refused`(text: String, wanted: Int?) {
    #expect(status(text) == wanted)
  }

  @Test func `headers are found whatever their case, without the blanks around them`() throws {
    let text = "GET /a?b=c HTTP/1.1\r\nHost:h\r\nX-Name: \t two words \t\r\nEmpty:\r\nUmlaut: h\u{e4}\r\n\r\n"
    let request = try HTTPRequest(head: Array(text.utf8), peer: "1.2.3.4:5", network: "1.2.3.4")
    #expect(request.header("host") == "h")
    #expect(request.header("x-NAME") == "two words")
    #expect(request.header("empty") == "")
    #expect(request.header("umlaut") == "h\u{e4}")
    #expect(request.header("none") == nil)
    #expect((request.method, request.path, request.network) == ("GET", "/a", "1.2.3.4"))
    #expect(request.query("b") == "c")
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: h\r\n", true), ("HEAD / HTTP/1.1\r\nHost: h\r\n", true),
    ("POST / HTTP/1.1\r\nHost: h\r\n", false), ("GET / HTTP/1.0\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n", true),
    ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 00\r\n", false),
    ("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n", false),
  ])
  func `nothing follows a request that has a body`(text: String, keepsAlive: Bool) throws {
    #expect(try HTTPRequest(head: Array((text + "\r\n").utf8)).keepsAlive == keepsAlive)
  }

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
    "/%c0%af",
    "/a#b", "h:1",
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

  @Test func `the library is given the least that makes a WebSocket, whatever the client sent`() throws {
    let text =
      "GET /x HTTP/1.1\r\nHost: evil\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
      + "Sec-WebSocket-Protocol: token.x, audio-service\r\n\r\n"
    let request = try HTTPRequest(head: Array(text.utf8))
    #expect(Handshake.isAskedFor(by: request))
    #expect(Handshake.refusal(of: request, subprotocol: "audio-service") == nil)
    #expect(Handshake.refusal(of: request, subprotocol: "other")?.status == 400)
    let given = Handshake.libraryRequest(for: request, subprotocol: "audio-service")
    #expect(!given.contains("deflate") && !given.contains("evil") && !given.contains("token"))
    #expect(given.contains("\r\nSec-WebSocket-Protocol: audio-service\r\n"))
    #expect(given.hasSuffix("\r\n\r\n"))
    #expect(try HTTPRequest(head: Array(given.utf8)).header("sec-websocket-key") == "dGhlIHNhbXBsZSBub25jZQ==")
  }

  @Test func `connections are counted by network, up to a limit`() {
    var count = ConnectionCount()
    let entered = [("a", 2), ("a", 2), ("a", 2), ("b", 2), ("a", 0)].map { count.enter($0, maximum: $1) }
    #expect(entered == [true, true, false, true, true])
    for network in ["a", "a", "a", "b"] { count.leave(network) }
    #expect(count == ConnectionCount())
  }
}
