/// Names of the system, such as paths, are bytes, which need not be UTF-8: names on old disks are Latin-1 or Shift-JIS.
///
/// A string carries each byte that is not UTF-8 as a private-use character, so that the system gets it back unchanged.
/// A name that has such a character itself is carried byte by byte.
extension String {
  /// The character of a byte, less the byte.
  private static let base: UInt32 = 0x10_FE00

  /// The text with these bytes.
  public init(systemBytes bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self), !text.carriesBytes {
      self = text
      return
    }
    var scalars = UnicodeScalarView()
    var index = 0
    while index < bytes.count {
      let count = Self.length(after: bytes[index])
      let part = bytes[index..<Swift.min(index + count, bytes.count)]
      if let text = String(validating: part, as: UTF8.self), !text.carriesBytes {
        scalars.append(contentsOf: text.unicodeScalars)
        index += part.count
      } else {
        scalars.append(Self.carrier(of: bytes[index]))
        index += 1
      }
    }
    self = String(scalars)
  }

  /// Bytes of a character that begins so.
  private static func length(after first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  private static func carrier(of byte: UInt8) -> Unicode.Scalar {
    guard let scalar = Unicode.Scalar(base + UInt32(byte)) else { preconditionFailure("The plane is private.") }
    return scalar
  }

  private static func byte(carriedBy scalar: Unicode.Scalar) -> UInt8? {
    scalar.value >= base ? UInt8(exactly: scalar.value - base) : nil
  }

  /// Carriers have four bytes, of which this is the first.
  private var carriesBytes: Bool {
    utf8.contains(0xF4) && unicodeScalars.contains { Self.byte(carriedBy: $0) != nil }
  }

  /// The bytes as the system has them.
  public var systemBytes: [UInt8] {
    guard carriesBytes else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in Self.byte(carriedBy: scalar).map { [$0] } ?? Array(String(scalar).utf8) }
  }

  /// The same for a C function, with its end.
  public var systemName: [CChar] { systemBytes.map { CChar(bitPattern: $0) } + [0] }

  /// For people: bytes that are not UTF-8 as `\xE9`.
  public var readable: String {
    guard carriesBytes else { return self }
    var text = ""
    for scalar in unicodeScalars {
      guard let byte = Self.byte(carriedBy: scalar) else {
        text.unicodeScalars.append(scalar)
        continue
      }
      let digits = String(byte, radix: 16, uppercase: true)
      text += "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
    return text
  }

  /// The text of a C string of the system.
  public init(systemName: UnsafePointer<CChar>) {
    var bytes: [UInt8] = []
    var next = systemName
    while next.pointee != 0 {
      bytes.append(UInt8(bitPattern: next.pointee))
      next += 1
    }
    self.init(systemBytes: bytes)
  }
}
