/// Reads the header of the PROXY protocol, version 2: a load balancer sends it ahead of a connection's own bytes to say
/// whose they are (haproxy.org, proxy-protocol.txt, 2.2).
public enum ProxyHeader: Equatable, Sendable {
  /// More bytes are needed to tell.
  case incomplete
  /// There is none: the bytes are the client's own.
  case absent
  /// It takes so many bytes. The client is nil where the balancer speaks for itself, as to check the server's health.
  case present(bytes: Int, client: ClientAddress?)
  case malformed(reason: String)

  public static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  /// Longer ones are refused. A balancer that passes a client's certificate on takes one to three KiB.
  static let maximumBytes = 4096
  private static let fixedBytes = 16

  /// - Parameter bytes: the first of a connection, as many as have come.
  public static func read(_ bytes: [UInt8]) -> ProxyHeader {
    guard bytes.starts(with: signature) else { return signature.starts(with: bytes) ? .incomplete : .absent }
    guard bytes.count >= fixedBytes else { return .incomplete }
    let (version, command) = (bytes[12] >> 4, bytes[12] & 15)
    guard version == 2 else { return .malformed(reason: "expected version 2, got \(version)") }
    guard command <= 1 else { return .malformed(reason: "expected the command 0 or 1, got \(command)") }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    let end = fixedBytes + length
    guard end <= maximumBytes else {
      return .malformed(reason: "expected at most \(maximumBytes) bytes, got \(end)")
    }
    guard bytes.count >= end else { return .incomplete }
    guard command == 1 else { return .present(bytes: end, client: nil) }
    return client(family: bytes[13], in: bytes[fixedBytes..<end]).map { .present(bytes: end, client: $0) }
      ?? .malformed(reason: "expected addresses of TCP, got \(length) bytes of kind \(bytes[13])")
  }

  /// The source in the addresses of a header; nil if they are none.
  private static func client(family: UInt8, in addresses: ArraySlice<UInt8>) -> ClientAddress? {
    switch family {
    case 0x11: source(in: addresses, addressBytes: 4)
    case 0x21: source(in: addresses, addressBytes: 16)
    // Not told, or a Unix socket of the balancer's machine.
    case 0x00, 0x31: .unknown
    default: nil
    }
  }

  /// Source, destination and their ports, perhaps with more behind them.
  private static func source(in addresses: ArraySlice<UInt8>, addressBytes size: Int) -> ClientAddress? {
    guard addresses.count >= 2 * size + 4, let address = IPAddress(bytes: addresses.prefix(size)) else { return nil }
    let port = addresses.dropFirst(2 * size).prefix(2).reduce(0) { $0 << 8 | Int($1) }
    return .internet(address, port: port)
  }
}
