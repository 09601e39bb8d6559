/// Leaves out what is not code in Swift source: comments and the insides of string literals, over as many lines as they
/// take.
///
/// Not a parser: raw strings and interpolation are treated as plain text to the closing quote, which is enough to keep
/// examples inside strings from looking like declarations. It works on bytes, since the tests read the whole tree in a
/// debug build.
struct CodeMask {
  private enum Place: Equatable {
    case code, line, block
    case string(isRaw: Bool, isLong: Bool)
  }

  private static let newline = UInt8(ascii: "\n")
  private static let quote = UInt8(ascii: "\"")
  private static let slash = UInt8(ascii: "/")
  private static let star = UInt8(ascii: "*")
  private static let hash = UInt8(ascii: "#")
  private static let backslash = UInt8(ascii: "\\")

  static func mask(_ text: [UInt8]) -> [UInt8] {
    text.withUnsafeBufferPointer { CodeMask(text: $0).masked() }
  }

  private let text: UnsafeBufferPointer<UInt8>

  /// Whether `byte` stands `offset` behind `index`.
  private func has(_ byte: UInt8, _ index: Int, _ offset: Int) -> Bool {
    index + offset < text.count && text[index + offset] == byte
  }

  private func hasThreeQuotes(_ index: Int) -> Bool {
    has(Self.quote, index, 0) && has(Self.quote, index, 1) && has(Self.quote, index, 2)
  }

  private func masked() -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var place = Place.code
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte == Self.newline {
        out.append(byte)
        // A quote left open at the end of a line is no multi-line string: the next line is code again.
        switch place {
        case .line, .string(_, isLong: false): place = .code
        default: break
        }
        index += 1
        continue
      }
      switch place {
      case .line: index += 1
      case .block:
        let ends = byte == Self.star && has(Self.slash, index, 1)
        if ends { place = .code }
        index += ends ? 2 : 1
      case .string(let isRaw, let isLong):
        let length = (isLong ? 3 : 1) + (isRaw ? 1 : 0)
        let closes =
          byte == Self.quote && (!isLong || hasThreeQuotes(index)) && (!isRaw || has(Self.hash, index, length - 1))
        if closes {
          place = .code
          out.append(Self.quote)
          index += length
        } else {
          index += byte == Self.backslash && !isRaw && !has(Self.newline, index, 1) ? 2 : 1
        }
      case .code:
        if byte == Self.slash, has(Self.slash, index, 1) {
          place = .line
          index += 2
        } else if byte == Self.slash, has(Self.star, index, 1) {
          place = .block
          index += 2
        } else if byte == Self.quote || (byte == Self.hash && has(Self.quote, index, 1)) {
          let isRaw = byte == Self.hash
          let isLong = hasThreeQuotes(isRaw ? index + 1 : index)
          place = .string(isRaw: isRaw, isLong: isLong)
          out.append(Self.quote)
          index += (isLong ? 3 : 1) + (isRaw ? 1 : 0)
        } else {
          out.append(byte)
          index += 1
        }
      }
    }
    return out
  }
}
