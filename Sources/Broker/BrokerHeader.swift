/// The header of a message: named fields, in lines.
public struct BrokerHeader: Equatable, Sendable {
  public struct Field: Equatable, Sendable {
    public var name: String
    public var value: String
  }

  public private(set) var fields: [Field] = []

  static let version = "NATS/1.0"

  init(_ fields: KeyValuePairs<String, String>) {
    self.fields = fields.map { Field(name: $0.key, value: $0.value) }
  }

  /// Reads the bytes of a header; nil if they are none.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    guard lines.popFirst()?.starts(with: Self.version.utf8) == true else { return nil }
    for line in lines where line.count > 1 {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: "\r") }
      fields.append(
        Field(name: String(decoding: line[..<colon], as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
    }
  }

  /// The value of the first field of this name.
  public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  /// The bytes on the wire.
  var text: String {
    fields.reduce(into: "\(Self.version)\r\n") { $0 += "\($1.name): \($1.value)\r\n" } + "\r\n"
  }
}
