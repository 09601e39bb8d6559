import IO
import Support
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

  @Test func `a host that begins with a slash is a Unix socket, which only this machine reaches`() throws {
    let address = try #require(try SocketAddress.resolve(host: "/tmp/a.sock", port: 8000).first)
    #expect(address.isLoopback)
    #expect((address.text, address.network, address.port) == ("unix", "unix", 0))
    let long = "/" + String(repeating: "a", count: 200)
    #expect(throws: IOError.self) { try SocketAddress.resolve(host: long, port: 0) }
  }

  @Test func `a server's Unix socket goes with it, and that of one that died is taken over`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a.sock"
    let loop = try EventLoop()
    func listener() throws -> Listener { try Listener(loop: loop, host: path, port: 0) { Listener.reject($0) } }
    let first = try listener()
    #expect(throws: IOError.portInUse(host: path, port: 0)) { try listener() }
    first.close()
    #expect(TextFile.names(in: folder.path) == [])
    // Left behind: nobody listens on it.
    try ShellCommand.run("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"\(path)\")'")
    #expect(TextFile.names(in: folder.path) == ["a.sock"])
    try listener().close()
    #expect(TextFile.names(in: folder.path) == [])
  }
}
