/// Checks a neural network's file without loading it: onnxruntime ends the process on files it can't read.
enum NetworkFile {
  /// ORT format: a flatbuffer with the identifier ORTM. It does not contain its length.
  static func checkORT(_ file: borrowing FileBytes) throws(FileProblem) {
    let head = try file.bytes(at: 0, 8)
    guard head.count == 8, head[4...] == [0x4F, 0x52, 0x54, 0x4D] else {
      throw FileProblem(text: "is no ORT file\(guess(head))")
    }
    let root = head[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard root + 4 <= file.count else { throw FileProblem(text: "is truncated") }
  }

  /// ONNX: a protobuf message. Each field has a length, and all of them must end where the file does.
  static func checkONNX(_ file: borrowing FileBytes) throws(FileProblem) {
    var offset = 0
    var hasGraph = false
    for _ in 0..<mostFields where offset < file.count {
      var field = Field(bytes: try file.bytes(at: offset, 20))
      guard let tag = field.number() else { throw wrong(file) }
      switch tag & 7 {
      case 0: guard field.number() != nil else { throw wrong(file) }
      case 1: field.length += 8
      case 2:
        guard let length = field.number(), length < 1 << 40 else { throw wrong(file) }
        field.length += Int(length)
        if tag >> 3 == graphField { hasGraph = true }
      case 5: field.length += 4
      default: throw wrong(file)
      }
      offset += field.length
    }
    guard offset <= file.count else { throw FileProblem(text: "is truncated: \(file.count) of \(offset) bytes") }
    guard offset == file.count, hasGraph else { throw wrong(file) }
  }

  /// `ModelProto.graph` in onnx.proto3.
  private static let graphField: UInt64 = 7
  /// Models have about ten, and one for each metadata entry.
  private static let mostFields = 10_000

  private static func wrong(_ file: borrowing FileBytes) -> FileProblem {
    let head = (try? file.bytes(at: 0, 8)) ?? []
    return FileProblem(text: "is no ONNX file, or damaged\(guess(head))")
  }

  /// Names what is often found in place of a network.
  private static func guess(_ head: [UInt8]) -> String {
    if head.isEmpty { return " (it is empty)" }
    if head.starts(with: "version".utf8) { return " (it is the pointer to a file that Git LFS has not fetched)" }
    if head.first == UInt8(ascii: "<") { return " (it is a web page)" }
    return ""
  }

  /// The beginning of a protobuf field, and the length read so far.
  private struct Field {
    let bytes: [UInt8]
    var length = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// A base-128 number; nil if it does not end.
    mutating func number() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), through: 63, by: 7) where length < bytes.count {
        let byte = bytes[length]
        length += 1
        value |= UInt64(byte & 127) << shift
        if byte < 128 { return value }
      }
      return nil
    }
  }
}

/// The vocabulary: a line per token with its text and its number.
enum TokensFile {
  static func check(_ bytes: [UInt8]) throws(FileProblem) {
    guard bytes.last == UInt8(ascii: "\n") || bytes.last.map(isDigit) == true else {
      throw FileProblem(text: bytes.isEmpty ? "is empty" : "does not end with a token's number")
    }
    var seen = Set<Int>()
    var line = 0
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      line += 1
      guard let number = number(bytes[start..<end]) else {
        throw FileProblem(text: "is no list of tokens: line \(line) does not end with a space and a number")
      }
      guard seen.insert(number).inserted else { throw FileProblem(text: "has token \(number) twice (line \(line))") }
      start = end + 1
    }
    guard line > 1 else { throw FileProblem(text: "has one token only") }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func number(_ line: ArraySlice<UInt8>) -> Int? {
    let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    let digits = line.reversed().prefix(while: isDigit).reversed()
    let before = line.dropLast(digits.count).last
    guard (1...9).contains(digits.count), before == 0x20 || before == 0x09 || digits.count == line.count else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
