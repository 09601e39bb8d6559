/// One text file of the repository: what the rules read.
struct SourceFile: Equatable, Sendable {
  /// From the repository's root: `Sources/JSON/JSONValue.swift`.
  let path: String
  /// Its lines as written.
  let lines: [Substring]
  /// Its lines with comments and the insides of string literals left out, so that a rule about code meets only code.
  let code: [Substring]
  /// The identifiers and numbers of each line of `code`, in order.
  let words: [[String]]

  init(_ path: String, _ text: String) { self.init(path, Array(text.utf8)) }

  init(_ path: String, _ bytes: [UInt8]) {
    self.path = path
    let whole = bytes.withUnsafeBufferPointer { Self.lines($0) }
    lines = whole.map(\.text)
    let code = path.hasSuffix(".swift") ? CodeMask.mask(bytes).withUnsafeBufferPointer { Self.lines($0) } : whole
    self.code = code.map(\.text)
    words = code.map(\.words)
  }

  private static func lines(_ bytes: UnsafeBufferPointer<UInt8>) -> [(text: Substring, words: [String])] {
    var lines: [(text: Substring, words: [String])] = []
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
      lines.append((Substring(String(decoding: line, as: UTF8.self)), words(line)))
      start = end + 1
    }
    return lines
  }

  /// Identifiers and numbers, in order. A letter outside ASCII is a letter.
  static func words(_ line: UnsafeBufferPointer<UInt8>) -> [String] {
    var words: [String] = []
    var start = 0
    for index in 0...line.count {
      if index < line.count, isWord[Int(line[index])] { continue }
      if index > start {
        words.append(String(decoding: UnsafeBufferPointer(rebasing: line[start..<index]), as: UTF8.self))
      }
      start = index + 1
    }
    return words
  }

  private static let isWord: [Bool] = (0...255).map { byte in
    byte >= 0x80 || Character(Unicode.Scalar(UInt8(byte))).isLetter || Character(Unicode.Scalar(UInt8(byte))).isNumber
      || byte == 0x5F
  }

  /// The file's name without folders: `JSONValue.swift`.
  var name: String { String(path.split(separator: "/").last ?? "") }
  /// And without its ending: `JSONValue`.
  var stem: String { String(name.prefix { $0 != "." }) }
  var isSwift: Bool { path.hasSuffix(".swift") }
  var isSource: Bool { path.hasPrefix("Sources/") }
}

extension Substring {
  /// Identifiers and numbers, in order.
  var words: [String] { Array(utf8).withUnsafeBufferPointer { SourceFile.words($0) } }
}
