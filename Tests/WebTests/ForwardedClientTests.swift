import IO
import Testing

@testable import Web

struct ForwardedClientTests {
  /// The client that a proxy of 10.0.0.0/8 speaks for, as logs have it.
  private func client(_ headers: [(name: String, value: String)]) throws -> String? {
    let proxies = try #require(TrustedProxies(list: ["10.0.0.0/8", "fd00::/8"]))
    return try ForwardedClient.find(in: HTTPHeaders(headers), behind: proxies)?.text
  }

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("192.0.2.7:4711", "192.0.2.7:4711"), ("2001:db8::1", "2001:db8::1"),
    ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("::ffff:192.0.2.7", "192.0.2.7"),
    ("unknown", "unknown"), ("_x", "unknown"), ("proxy.example", "unknown"), ("192.0.2", "unknown"),
    ("192.0.2.7:", "unknown"), ("192.0.2.7:65536", "unknown"), ("192.0.2.7:x", "unknown"),
    ("[192.0.2.7]:80", "unknown"),
    ("[2001:db8::1", "unknown"), ("2001:db8::1]", "unknown"), ("[2001:db8::1]80", "unknown"), ("[]", "unknown"),
    ("fe80::1%eth0", "unknown"), ("\"192.0.2.7\"", "unknown"),
    // Proxies, and what the client may have written.
    ("127.0.0.1, 192.0.2.7", "192.0.2.7"), ("127.0.0.1, 192.0.2.7, 10.1.1.1,fd00::3", "192.0.2.7"),
    ("127.0.0.1, unknown, 10.1.1.1", "unknown"), ("127.0.0.1,, ,192.0.2.7,", "192.0.2.7"),
    ("10.1.1.1, 10.2.2.2", "10.1.1.1"), ("127.0.0.1\u{600}, 192.0.2.7", "192.0.2.7"), ("\", 192.0.2.7", "192.0.2.7"),
  ])
  func `X-Forwarded-For has the client at its end, before the proxies`(value: String, client: String) throws {
    #expect(try self.client([("X-Forwarded-For", value)]) == client)
  }

  @Test(arguments: [
    ("for=192.0.2.7", "192.0.2.7"), ("For=\"192.0.2.7:80\";proto=https;by=10.0.0.1", "192.0.2.7:80"),
    ("proto=http; FOR=\"[2001:db8::1]:80\"", "[2001:db8::1]:80"), ("for=\"[2001:db8::1]\"", "2001:db8::1"),
    ("for=unknown", "unknown"), ("for=_x", "unknown"), ("for=\"_x:_y\"", "unknown"), ("proto=http", "unknown"),
    ("for=127.0.0.1, for=192.0.2.7", "192.0.2.7"), ("for=127.0.0.1, for=192.0.2.7, for=10.0.0.3", "192.0.2.7"),
    // Of the client: one that gives two, quotes that are left open, a comma in quotes.
    ("for=127.0.0.1;for=192.0.2.7", "unknown"), ("for=127.0.0.1;x=\", for=192.0.2.7", "unknown"),
    ("for=127.0.0.1;x=\"\\\", for=\"[2001:db8::1]\"", "unknown"), ("x=\", for=127.0.0.1\", for=192.0.2.7", "192.0.2.7"),
    ("for=127.0.0.1\u{600}, for=192.0.2.7", "192.0.2.7"),
  ])
  func `Forwarded does, too, and what a client hides makes it unknown at most`(value: String, client: String) throws {
    #expect(try self.client([("Forwarded", value)]) == client)
  }

  @Test func `several lines are one list, and may be many and long`() throws {
    #expect(try client([("x-forwarded-for", "127.0.0.1"), ("X-Forwarded-For", "192.0.2.7")]) == "192.0.2.7")
    #expect(try client([("forwarded", "for=\"127.0.0.1"), ("Forwarded", "for=192.0.2.7")]) == "192.0.2.7")
    let many = [(name: String, value: String)](repeating: ("x-forwarded-for", "127.0.0.1"), count: 99)
    #expect(try client(many + [("x-forwarded-for", "192.0.2.7")]) == "192.0.2.7")
    let long = String(repeating: "127.0.0.1, ", count: 1400)
    #expect(try client([("x-forwarded-for", long + "192.0.2.7")]) == "192.0.2.7")
    #expect(try client([("x-forwarded-for", String(repeating: ",", count: 16_000))]) == nil)
    #expect(try client([("x-forwarded-for", String(repeating: "1", count: 16_000))]) == "unknown")
    #expect(try client([("host", "h")]) == nil)
  }

  @Test func `of two headers that name different clients one is the client's own`() throws {
    let noted = (name: "x-forwarded-for", value: "192.0.2.7")
    #expect(try client([noted, ("forwarded", "for=\"192.0.2.7:80\"")]) == "192.0.2.7")
    for forged in ["for=127.0.0.1", "for=unknown", "for=\"", "x=y"] {
      #expect(throws: RequestError.self, "\(forged)") { try client([noted, ("forwarded", forged)]) }
    }
  }
}
