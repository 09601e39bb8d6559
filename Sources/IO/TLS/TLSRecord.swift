/// The form of a record (RFC 8446, 5.1 and 5.2).
enum TLSRecord {
  static let headerBytes = 5
  static let tagBytes = 16
  static let nonceBytes = 12
  /// What a record carries at most.
  static let mostPlainBytes = 16 << 10
  /// What a record has besides what it carries: its header, the type, the tag.
  static let overheadBytes = headerBytes + 1 + tagBytes
}

/// The content of a record (RFC 8446, 5.1).
enum TLSContentType: UInt8 {
  case changeCipherSpec = 20
  case alert = 21
  case handshake = 22
  case applicationData = 23
}
