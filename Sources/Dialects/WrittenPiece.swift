/// What is between blanks in a text: a word with its marks, or a mark alone.
struct WrittenPiece {
  let text: String
  /// Letters and digits in it.
  let spoken: Int

  static func pieces(of text: String) -> [WrittenPiece] {
    var text = text
    let found = text.withUTF8 { bytes in
      bytes.isASCII ? pieces(of: bytes) { String(decoding: $0, as: UTF8.self) } : nil
    }
    return found ?? pieces(of: text) { String($0) }
  }

  private static func pieces<Text: Collection>(
    of text: Text, _ string: (Text.SubSequence) -> String
  ) -> [WrittenPiece] where Text.Element: WrittenElement {
    var pieces: [WrittenPiece] = []
    // Of most languages.
    pieces.reserveCapacity(text.underestimatedCount / 5 + 1)
    var (start, spoken) = (text.startIndex, 0)
    func end(at index: Text.Index) {
      if start < index { pieces.append(WrittenPiece(text: string(text[start..<index]), spoken: spoken)) }
    }
    var index = text.startIndex
    while index < text.endIndex {
      let element = text[index]
      let next = text.index(after: index)
      if element.isBlank {
        end(at: index)
        (start, spoken) = (next, 0)
      } else if element.isSpoken {
        spoken += 1
      }
      index = next
    }
    end(at: index)
    return pieces
  }
}

/// A character of a text, or a byte where all of them are ASCII: finding words takes a tenth of the time there.
protocol WrittenElement {
  /// Whether it is a letter or a digit.
  var isSpoken: Bool { get }
  var isBlank: Bool { get }
}

extension Character: WrittenElement {
  var isSpoken: Bool { isLetter || isNumber }
  var isBlank: Bool { isWhitespace }
}

extension UInt8: WrittenElement {
  var isSpoken: Bool { isCapital || (0x61...0x7A).contains(self) || (0x30...0x39).contains(self) }
  var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
  /// In lower case.
  var lowered: UInt8 { isCapital ? self + 0x20 : self }
  private var isCapital: Bool { (0x41...0x5A).contains(self) }
}

extension UnsafeBufferPointer<UInt8> {
  var isASCII: Bool { reduce(0, |) < 0x80 }
}
