import IO
import Testing

struct HostNameTests {
  @Test(arguments: [
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "ip6-localhost", "ip6-loopback", "127.0.0.1", "127.9.9.9",
    "127.1", "0x7f000001", "2130706433", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
  ])
  func `this machine has many names`(host: String) { #expect(HostName.isLoopback(host)) }

  @Test(arguments: [
    "", ".", "127.evil.test", "localhost.evil.test", "xlocalhost", "0.0.0.0", "::", "::2", "128.0.0.1",
    "127.0.0.1.test",
    "127.0.0.1 x",
  ])
  func `other hosts are not this machine, however they begin`(host: String) { #expect(!HostName.isLoopback(host)) }

  @Test func `an address is read in all forms that the system takes`() {
    #expect(IPAddress(host: "10.1") == IPAddress("10.0.0.1"))
    #expect(IPAddress(host: "::FFFF:10.0.0.1") == IPAddress("10.0.0.1"))
    #expect(IPAddress(host: "0")?.isUnspecified == true)
    #expect(IPAddress(host: "::")?.isUnspecified == true)
    #expect(IPAddress(host: "host") == nil)
    #expect(IPAddress("10.1") == nil)
  }
}
