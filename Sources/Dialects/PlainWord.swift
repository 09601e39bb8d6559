/// Words without case and marks, as several protocols send them: `Mr.` is `mr`, `ill-disposed,` is `ill-disposed`.
enum PlainWord {
  /// The words of a text by blanks; pieces without a letter or digit are none.
  static func text(of written: String) -> String {
    var written = written
    // Mostly it is one word of ASCII already.
    if let word = written.withUTF8(word) { return word }
    return WrittenPiece.pieces(of: written).filter { $0.spoken > 0 }.map { bare($0.text).lowercased() }
      .joined(separator: " ")
  }

  /// Nil if it is not one word of ASCII.
  private static func word(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard bytes.isASCII, !bytes.contains(where: \.isBlank) else { return nil }
    let spoken = spoken(in: bytes)
    return String(unsafeUninitializedCapacity: spoken.count) { memory in
      memory.initialize(fromContentsOf: bytes[spoken].lazy.map(\.lowered))
    }
  }

  /// Without the marks around it: `Mr.` is `Mr`.
  static func bare(_ written: String) -> String { String(written[spoken(in: written)]) }

  private static func spoken<Text: BidirectionalCollection>(in text: Text) -> Range<Text.Index>
  where Text.Element: WrittenElement {
    guard let first = text.firstIndex(where: \.isSpoken), let last = text.lastIndex(where: \.isSpoken) else {
      return text.startIndex..<text.startIndex
    }
    return first..<text.index(after: last)
  }
}
