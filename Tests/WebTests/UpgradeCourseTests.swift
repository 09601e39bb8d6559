import Testing

@testable import Web

/// The answers to a client that opens a WebSocket.
struct UpgradeCourseTests {
  private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
  private static let accepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

  /// What the client is told, and what is left for the WebSocket; the same however the answer is cut.
  private func told(_ answer: String, proxy: String? = nil, isPlain: Bool = true) -> String {
    let each = [Int.max, 1, 3].map { told(answer, pieces: $0, proxy: proxy, isPlain: isPlain) }
    #expect(each.allSatisfy { $0 == each[0] }, "\(each)")
    return each[0]
  }

  private func told(_ answer: String, pieces: Int, proxy: String?, isPlain: Bool) -> String {
    var course = UpgradeCourse(proxy: proxy, isPlain: isPlain, key: Self.key)
    course.connected()
    var rest = Array(answer.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      switch piece.withUnsafeBytes({ course.read($0) }) {
      case .more: break
      case .tunnelOpen: if rest.isEmpty { return "tunnel" }
      case .open(let count): return "open " + String(decoding: piece.dropFirst(count) + rest, as: UTF8.self)
      case .failed(let error): return "\(error)"
      }
    }
    return "\(course.inputEnded)"
  }

  @Test func `frames begin behind the answer`() {
    #expect(told(Self.accepted + "frames") == "open frames")
    #expect(told("HTTP/1.1 200 OK\r\n\r\n", proxy: "p:1") == "tunnel")
  }

  @Test(arguments: ["100 Continue", "102 Processing", "103 Early Hints\r\nLink: </a>\r\nContent-Length: 9"])
  func `a response of 1xx is passed over`(status: String) {
    let interim = "HTTP/1.1 \(status)\r\n\r\n"
    #expect(told(interim + Self.accepted) == "open ")
    #expect(told(interim + interim + "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n") == "refused with HTTP status 503")
    #expect(told(interim + "HTTP/1.1 200 X\r\n\r\n", proxy: "p:1") == "tunnel")
    #expect(told(interim) == "no connection: the connection was closed; if the server speaks TLS, use wss://")
  }

  @Test func `responses of 1xx do not go on without end`() {
    let many = String(repeating: "HTTP/1.1 103 X\r\n\r\n", count: 21)
    #expect(told(many + Self.accepted) == "no connection: more than 20 responses of 1xx")
  }

  @Test func `all that a proxy says before the tunnel is open is the proxy's`() {
    let name = "no connection through the proxy p:1: "
    #expect(told("HTTP/1.1 101 X\r\n\r\n", proxy: "p:1") == name + "HTTP status 101")
    #expect(told("HTTP/1.1 302 X\r\nLocation: wss://evil\r\n\r\n", proxy: "p:1").hasPrefix(name + "HTTP status 302"))
    #expect(told("SSH-2.0\r\n", proxy: "p:1").hasPrefix(name + "no HTTP: Malformed status line"))
    #expect(told("\u{15}\u{3}\u{3}", proxy: "p:1").hasPrefix(name + "no HTTP"))
    var course = UpgradeCourse(proxy: "p:1", isPlain: false, key: Self.key)
    #expect("\(course.timeout)" == name + "no answer in time")
    course.connected()
    let answer = Array(("HTTP/1.1 200 OK\r\n\r\n" + Self.accepted).utf8)
    guard case .failed(let error) = answer.withUnsafeBytes({ course.read($0) }) else {
      Issue.record("The proxy opened the WebSocket.")
      return
    }
    #expect("\(error)" == name + "it said something in the server's place")
  }

  @Test func `a refusal is told even if its body never ends, or is none`() {
    let refusal = "HTTP/1.1 503 Full\r\nRetry-After: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(told(refusal + "x\r\n") == "refused with HTTP status 503, try again in 2 s")
    var course = UpgradeCourse(proxy: nil, isPlain: true, key: Self.key)
    course.connected()
    _ = Array(refusal.utf8).withUnsafeBytes { course.read($0) }
    #expect("\(course.timeout)" == "refused with HTTP status 503, try again in 2 s")
  }

  @Test func `an alert of TLS is known by its first byte`() {
    #expect(told("\u{15}\u{3}\u{3}") == "the server speaks TLS: use wss://")
    #expect(told("\u{15}\u{3}\u{3}", isPlain: false).hasPrefix("no connection: no HTTP"))
  }
}
