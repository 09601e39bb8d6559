/// The form of a record (RFC 8446, 5.1 and 5.2).
enum TLSRecord {
  static let headerBytes = 5
  static let tagBytes = 16
  static let nonceBytes = 12
  /// The most data that a record carries.
  static let mostPlainBytes = 16 << 10
  /// Bytes of a record besides its data: header, type and tag.
  static let overheadBytes = headerBytes + 1 + tagBytes
}

/// The content of a record (RFC 8446, 5.1).
enum TLSContentType: UInt8 {
  case changeCipherSpec = 20
  case alert = 21
  case handshake = 22
  case applicationData = 23
}
