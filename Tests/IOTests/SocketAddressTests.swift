import IO
import Testing

struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1", true), ("10.1.2.3", "10.1.2.3", false), ("::1", "::1", true),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false), ("::ffff:127.0.0.9", "127.0.0.9", true),
    ("::ffff:9.8.7.6", "9.8.7.6", false), ("::", "0:0:0:0::/64", false),
  ])
  func `an IPv6 address counts as its 64, an IPv4 one as itself`(host: String, network: String, isLoopback: Bool) throws
  {
    let address = try #require(try SocketAddress.resolve(host: host, port: 1).first)
    #expect(address.network == network)
    #expect(address.isLoopback == isLoopback)
  }
}
