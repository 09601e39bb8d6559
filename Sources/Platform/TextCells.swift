/// The width of text in terminal cells, and text prepared for a terminal.
public enum TextCells {
  /// Cells of one character on a terminal that follows East Asian Width (Unicode Annex 11).
  public static func width(of character: Character) -> Int {
    let scalars = character.unicodeScalars
    // Drawn as one picture: a joined emoji, a character with an emoji selector, and a flag.
    let isPicture = scalars.contains { scalar in
      switch scalar.value {
      case 0xFE0F, 0x1F1E6...0x1F1FF: true
      // It joins letters, too, which stay letters.
      case 0x200D: scalars.first?.properties.isEmojiPresentation == true
      default: false
      }
    }
    if isPicture { return scalars.count > 1 ? 2 : width(of: scalars[scalars.startIndex]) }
    return scalars.reduce(0) { $0 + width(of: $1) }
  }

  public static func width(of text: some StringProtocol) -> Int { text.reduce(0) { $0 + width(of: $1) } }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0xAD ? 0 : 1 }
    // Vowels and finals of decomposed Hangul join their initial, which is wide.
    if (0x1160...0x11FF).contains(value) { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
    default: break
    }
    return isWide(value) || scalar.properties.isEmojiPresentation ? 2 : 1
  }

  /// East Asian Width W and F of Unicode 15, in coarse ranges.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
  ]

  private static func isWide(_ value: UInt32) -> Bool { value >= 0x1100 && wide.contains { $0.contains(value) } }

  /// The beginning of `text` that fits into `cells`, in whole characters. Text that was cut ends with the ellipsis.
  public static func cut(_ text: String, to cells: Int, ellipsis: String = "…") -> String {
    guard cells > 0 else { return "" }
    var used = 0
    var end = text.startIndex
    let room = cells - width(of: ellipsis)
    for index in text.indices {
      used += width(of: text[index])
      if used > cells { return room < 0 ? "" : text[..<end] + ellipsis }
      if used <= room { end = text.index(after: index) }
    }
    return text
  }

  /// The end of `text` that fits into `cells`.
  public static func cutFront(_ text: String, to cells: Int, ellipsis: String = "…") -> String {
    guard width(of: text) > cells else { return text }
    var room = cells - width(of: ellipsis)
    guard room >= 0 else { return "" }
    var start = text.endIndex
    while start > text.startIndex {
      let before = text.index(before: start)
      room -= width(of: text[before])
      guard room >= 0 else { break }
      start = before
    }
    return ellipsis + text[start...]
  }

  /// `text` in lines of `cells` cells, broken at spaces if possible. All lines but the first are indented.
  public static func wrap(_ text: String, to cells: Int, indent: Int = 0) -> [String] {
    let indent = cells >= indent + 20 ? indent : 0
    let margin = [Character](repeating: " ", count: indent)
    var lines: [String] = []
    var line: [Character] = []
    var used = 0
    /// Where the line can be broken: after its last space.
    var breakable: Int?
    for character in text {
      let width = width(of: character)
      if used + width > cells, used > indent {
        if character == " " { breakable = line.count }
        let end = breakable ?? line.count
        lines.append(trimmed(line[..<end]))
        line = margin + line[end...]
        used = line.reduce(0) { $0 + self.width(of: $1) }
        breakable = nil
        if character == " " { continue }
      }
      line.append(character)
      used += width
      if character == " ", used > indent { breakable = line.count }
    }
    return lines + [trimmed(line[...])]
  }

  private static func trimmed(_ line: ArraySlice<Character>) -> String {
    let end = line.lastIndex { $0 != " " }.map { $0 + 1 } ?? line.startIndex
    return String(line[..<end])
  }

  /// Text that is safe on a terminal. Line breaks become spaces. Control characters are removed, and so are characters
  /// that change the writing direction, which would affect the rest of the line. Right-to-left text itself stays.
  public static func plain(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.readable.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: scalars.append(" ")
      case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x206F, 0xFEFF,
        0xFFF9...0xFFFB:
        break
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  /// Right-to-left text as an isolated unit, so that a terminal does not reorder the text beside it. Other text is
  /// unchanged.
  public static func isolated(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isRightToLeft) else { return text }
    return "\u{2068}\(text)\u{2069}"
  }

  private static func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
    default: false
    }
  }
}
