/// A text of the page as it is served: without indentation, empty lines, and lines that only comment. Networks may be
/// weak, and a fifth of the page is for its readers.
enum ServedText {
  /// Kinds of files whose lines may be shortened so. A test holds that no literal of the page has a line break.
  private static let kinds = [".js", ".css", ".html"]

  static func bytes(of name: String, _ bytes: [UInt8]) -> [UInt8] {
    guard kinds.contains(where: name.hasSuffix) else { return bytes }
    return Array(
      bytes.split(separator: UInt8(ascii: "\n")).map { $0.drop { $0 == UInt8(ascii: "\t") } }
        .filter { !$0.isEmpty && !isComment($0, in: name) }.joined(separator: [UInt8(ascii: "\n")]))
  }

  private static func isComment(_ line: ArraySlice<UInt8>, in name: String) -> Bool {
    if name.hasSuffix(".js") { return line.starts(with: "//".utf8) }
    guard name.hasSuffix(".css"), line.starts(with: "/*".utf8) else { return false }
    return line.dropFirst(2).firstRange(of: Array("*/".utf8))?.upperBound == line.endIndex
  }
}
