/// The header lines of a message, in the order they came. Names are compared whatever their case.
public struct HTTPHeaders: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  public struct Line: Equatable, Sendable {
    /// In lower case.
    public var name: String
    public var value: String
  }
  public private(set) var lines: [Line]

  public init(_ lines: [(name: String, value: String)] = []) {
    self.lines = lines.map { Line(name: $0.name.lowercased(), value: $0.value) }
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements.map { (name: $0.0, value: $0.1) })
  }

  /// The value of the first line of that name.
  public subscript(name: String) -> String? {
    let name = name.lowercased()
    return lines.first { $0.name == name }?.value
  }

  /// The items of every comma-separated line of that name, without the blanks around them.
  public func items(_ name: String) -> [String] {
    let name = name.lowercased()
    return lines.filter { $0.name == name }.flatMap { line in
      line.value.split(separator: ",").map { Self.trimmed($0) }.filter { !$0.isEmpty }
    }
  }

  /// Whether an item of that name is the token, whatever its case.
  public func mentions(_ token: String, in name: String) -> Bool {
    items(name).contains { $0.lowercased() == token }
  }

  /// Whether a text can be a header's name, or another token (RFC 9110, 5.6.2).
  static func isToken(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// Without the blanks and tabs around it.
  static func trimmed(_ text: some StringProtocol) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    var rest = text.drop(while: isBlank)
    while rest.last.map(isBlank) == true { rest.removeLast() }
    return String(rest)
  }
}
