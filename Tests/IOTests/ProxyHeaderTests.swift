import Testing

@testable import IO

struct ProxyHeaderTests {
  private func header(
    _ command: UInt8 = 0x21, _ family: UInt8 = 0x11,
    _ addresses: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 200, 1, 31, 64],
    length: Int? = nil
  ) -> [UInt8] {
    let length = length ?? addresses.count
    return ProxyHeader.signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + addresses
  }

  private func client(_ text: String, _ port: Int) throws -> ClientAddress {
    .internet(try #require(IPAddress(text)), port: port)
  }

  @Test func `it names the client and its port, of IPv4 and IPv6, perhaps with more behind them`() throws {
    let more: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 200, 1, 31, 64] + [3, 0, 4, 1, 2, 3, 4]
    #expect(try ProxyHeader.read(header()) == .present(bytes: 28, client: client("192.0.2.7", 51_201)))
    #expect(try ProxyHeader.read(header(0x21, 0x11, more)) == .present(bytes: 35, client: client("192.0.2.7", 51_201)))
    let six: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
    #expect(
      try ProxyHeader.read(header(0x21, 0x21, six + six + [0, 80, 0, 90]))
        == .present(bytes: 52, client: client("2001:db8::1", 80)))
  }

  @Test func `of a check, of a Unix socket and of a connection that it knows nothing of it names none`() {
    #expect(ProxyHeader.read(header(0x20, 0x00, [])) == .present(bytes: 16, client: nil))
    #expect(ProxyHeader.read(header(0x20, 0x11)) == .present(bytes: 28, client: nil))
    #expect(ProxyHeader.read(header(0x21, 0x00, [])) == .present(bytes: 16, client: .unknown))
    #expect(
      ProxyHeader.read(header(0x21, 0x31, [UInt8](repeating: 47, count: 216)))
        == .present(bytes: 232, client: .unknown))
  }

  @Test func `it is recognized by its signature, however many bytes have come`() throws {
    let whole = header()
    for count in 0..<whole.count {
      let read = ProxyHeader.read(Array(whole[..<count]))
      #expect(read == .incomplete, "\(count)")
    }
    #expect(try ProxyHeader.read(whole + [22, 3, 1]) == .present(bytes: 28, client: client("192.0.2.7", 51_201)))
    for text in ["GET / HTTP/1.1\r\n", "\r\nGET / HTTP/1.1\r\n", "\r\n\r\n\r\n", "\u{16}\u{3}", "PROXY TCP4 "] {
      #expect(ProxyHeader.read(Array(text.utf8)) == .absent, "\(text)")
    }
  }

  @Test func `a version, command, length or kind of address that there is not is told`() {
    func reason(_ bytes: [UInt8]) -> String {
      if case .malformed(let reason) = ProxyHeader.read(bytes) { reason } else { "none" }
    }
    #expect(reason(header(0x11)) == "expected version 2, got 1")
    #expect(reason(header(0x22)) == "expected the command 0 or 1, got 2")
    #expect(reason(header(length: 65_535)) == "expected at most 4096 bytes, got 65551")
    #expect(reason(header(0x21, 0x12)) == "expected addresses of TCP, got 12 bytes of kind 18")
    #expect(reason(header(0x21, 0x11, [1, 2, 3])) == "expected addresses of TCP, got 3 bytes of kind 17")
    #expect(reason(header(0x21, 0x21)) == "expected addresses of TCP, got 12 bytes of kind 33")
  }
}
