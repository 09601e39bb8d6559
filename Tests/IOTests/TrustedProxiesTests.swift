import IO
import Testing

struct TrustedProxiesTests {
  private func address(_ text: String, port: Int? = nil) throws -> ClientAddress {
    .internet(try #require(IPAddress(text)), port: port)
  }

  @Test func `a list has addresses, blocks and the word unix`() throws {
    let proxies = try #require(TrustedProxies(list: ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::ffff:192.0.2.0/120"]))
    for inside in ["127.0.0.1", "::ffff:127.0.0.1", "10.255.0.1", "fd12:3::4", "192.0.2.9"] {
      #expect(try proxies.contains(address(inside, port: 7)), "\(inside)")
    }
    for outside in ["127.0.0.2", "11.0.0.0", "fe00::1", "192.0.3.0", "::a00:1"] {
      #expect(try !proxies.contains(address(outside)), "\(outside)")
    }
    #expect(!proxies.contains(.unix) && !proxies.contains(.unknown))
    #expect(TrustedProxies(list: ["unix"])?.contains(.unix) == true)
    #expect(TrustedProxies(list: []) == TrustedProxies())
  }

  @Test(arguments: [
    "proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "fd00::/129", "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96",
    "10.0.0.0/8/8", "::ffff:10.0.0.0/8", "[::1]", "", "10.0.0.1:80",
  ])
  func `what is no proxy, or would be every address, is refused`(entry: String) {
    #expect(TrustedProxies(list: ["10.0.0.0/8", entry]) == nil)
  }

  @Test func `the client is the first hop that is no proxy, and nothing behind it is looked at`() throws {
    let proxies = try #require(TrustedProxies(list: ["10.0.0.0/8"]))
    let hops = try [address("10.0.0.2"), address("192.0.2.7"), address("10.0.0.3")]
    #expect(try proxies.client(behind: hops) == address("192.0.2.7"))
    var looks = 0
    let lazy = hops.lazy.map { hop in
      looks += 1
      return hop
    }
    _ = proxies.client(behind: lazy)
    #expect(looks == 2)
    #expect(try proxies.client(behind: [address("10.0.0.2"), address("10.0.0.3")]) == address("10.0.0.3"))
    #expect(try proxies.client(behind: [address("10.0.0.2"), .unknown, address("192.0.2.7")]) == .unknown)
    #expect(proxies.client(behind: []) == nil)
  }

  @Test func `a client's address is written for logs, and counts by its network`() throws {
    #expect(try address("192.0.2.7", port: 80).text == "192.0.2.7:80")
    #expect(try address("2001:db8::1", port: 80).text == "[2001:db8::1]:80")
    #expect(try address("2001:DB8:0::1").text == "2001:db8::1")
    #expect(try address("2001:db8::1").network == "2001:db8:0:0::/64")
    #expect([ClientAddress.unix, .unknown].map(\.network) == ["unix", "unknown"])
    #expect(try address("127.9.0.1").isLoopback && address("::1").isLoopback && !ClientAddress.unknown.isLoopback)
    #expect(try address("::ffff:192.0.2.7", port: 1).isSameHost(as: address("192.0.2.7")))
    for text in ["127.1", "127.0.0.01", "1.2.3.4.5", "::1%lo", "127.0.0.1\0", "", " ::1"] {
      #expect(IPAddress(text) == nil, "\(text)")
    }
  }
}
