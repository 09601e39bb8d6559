import Platform

/// The form of a journal's file: a head with what its cipher needs, then batches, each with its length before it.
enum JournalFile {
  private static let mark = Array("audio journal 2\n".utf8)
  private static let lengthBytes = 4
  /// Where the empty batch lies that shows whether a key is the right one.
  private static let checkIndex = Int.max

  /// The first bytes of a file with this salt.
  static func head(salt: [UInt8], _ cipher: JournalCipher, isSecret: Bool) -> [UInt8] {
    mark + [isSecret ? 1 : 0] + salt + cipher.seal([], at: checkIndex) { _ in }
  }

  /// Bytes of a batch before those that are sealed.
  static let batchHeadBytes = lengthBytes + JournalCipher.tagBytes

  /// Gives a batch to `body` as it is written behind its head, in pieces.
  /// - Returns: the head, which is known only now. Without it the batch is no whole one.
  static func seal(
    _ bytes: [UInt8], _ cipher: JournalCipher, at index: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> [UInt8] {
    let tag = cipher.seal(bytes, at: index, body)
    return withUnsafeBytes(of: UInt32(tag.count + bytes.count).littleEndian) { Array($0) } + tag
  }

  enum Problem: Error, Equatable, CustomStringConvertible {
    case notAJournal
    case keyMissing
    case keyWrong
    /// From this byte on.
    case damaged(at: Int)

    var description: String {
      switch self {
      case .notAJournal: "not a journal of this version"
      case .keyMissing: "encrypted: --journal-key FILE with its key is needed"
      case .keyWrong: "encrypted with another key than that of --journal-key"
      case .damaged(let offset): "incomplete or damaged from byte \(offset) on"
      }
    }
  }

  /// Calls `body` with each batch that is whole, up to the first that is not.
  /// - Returns: why not all of the file was read.
  static func read(_ bytes: [UInt8], secret: [UInt8]?, _ body: ([UInt8]) -> Void) -> Problem? {
    let saltEnd = mark.count + 1 + JournalCipher.saltBytes
    let start = saltEnd + JournalCipher.tagBytes
    guard bytes.count >= start, bytes.starts(with: mark) else { return .notAJournal }
    let isSecret = bytes[mark.count] == 1
    if isSecret, secret == nil { return .keyMissing }
    let cipher = JournalCipher(salt: Array(bytes[(mark.count + 1)..<saltEnd]), secret: isSecret ? secret : nil)
    guard cipher.open(bytes[saltEnd..<start], at: checkIndex) != nil else {
      return isSecret ? .keyWrong : .damaged(at: mark.count)
    }
    var rest = bytes[start...]
    var index = 0
    while !rest.isEmpty {
      let length = rest.prefix(lengthBytes).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= lengthBytes + length,
        let batch = cipher.open(rest.dropFirst(lengthBytes).prefix(length), at: index)
      else { return .damaged(at: rest.startIndex) }
      body(batch)
      rest = rest.dropFirst(lengthBytes + length)
      index += 1
    }
    return nil
  }
}
