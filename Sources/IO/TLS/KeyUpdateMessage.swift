/// The only handshake message that a client sends after the handshake (RFC 8446, 4.6.3), in pieces or whole.
struct KeyUpdateMessage {
  enum Outcome: Equatable {
    case incomplete
    /// - isRequest: the peer wants our keys changed, too.
    case complete(isRequest: Bool)
  }

  /// Its type, its length in three bytes, whether an answer is requested.
  static let notRequested: [UInt8] = [24, 0, 0, 1, 0]
  static let bytes = 5
  /// Number of its bytes that have arrived.
  private var count = 0

  var isPartial: Bool { count > 0 }

  /// Takes what a record has: it ends where the message does, as other keys follow (RFC 8446, 5.1).
  mutating func take(_ bytes: UnsafeRawBufferPointer) throws(TLSFault) -> Outcome {
    guard bytes.count > 0 else {
      throw TLSFault(.unexpectedMessage, "expected a part of a handshake message, got none")
    }
    var isRequest = false
    for byte in bytes {
      switch count {
      case 0:
        guard byte == Self.notRequested[0] else {
          throw TLSFault(.unexpectedMessage, "expected a KeyUpdate after the handshake, got message \(byte)")
        }
      case 1...3:
        guard byte == Self.notRequested[count] else {
          throw TLSFault(.decodeError, "expected a KeyUpdate of 1 byte, got another length")
        }
      case 4:
        guard byte <= 1 else {
          throw TLSFault(.illegalParameter, "expected 0 or 1 in a KeyUpdate, got \(byte)")
        }
        isRequest = byte == 1
      default:
        throw TLSFault(.unexpectedMessage, "expected the end of a record after a KeyUpdate, got more")
      }
      count += 1
    }
    guard count == Self.bytes else { return .incomplete }
    count = 0
    return .complete(isRequest: isRequest)
  }
}
