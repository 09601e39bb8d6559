/// What becomes of a header of the PROXY protocol at the beginning of a stream.
public enum ProxyHeaderUse: Sendable {
  /// None is looked for.
  case notExpected
  /// It names the client.
  case taken
  /// Its sender is not trusted.
  case refused
}

/// A header of the PROXY protocol ahead of the client's own bytes, and of TLS.
extension ByteStream {
  struct Opening {
    var bytes: [UInt8] = []
    let isTrusted: Bool

    init(isTrusted: Bool) { self.isTrusted = isTrusted }
  }

  func receiveOpening(_ bytes: UnsafeMutableRawBufferPointer) {
    guard var opening else { return }
    opening.bytes += bytes
    self.opening = opening
    switch ProxyHeader.read(opening.bytes) {
    case .incomplete: break
    case .absent: receive(opening.bytes[...])
    case .malformed(let reason): refuse("Malformed header of the PROXY protocol: \(reason)")
    case .present where !opening.isTrusted:
      refuse("PROXY protocol from an address that is no trusted proxy")
    case .present(let count, let client):
      if let client { delegate?.stream(self, isFrom: client) }
      receive(opening.bytes[count...])
    }
  }

  private func receive(_ rest: ArraySlice<UInt8>) {
    opening = nil
    guard case .open = phase, !rest.isEmpty else { return }
    var rest = rest
    rest.withUnsafeMutableBytes { receive($0) }
  }

  private func refuse(_ reason: String) {
    opening = nil
    tls = nil
    delegate?.stream(self, hasBadProxyHeader: reason)
  }
}
