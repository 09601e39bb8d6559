internal import Glibc

/// The kind of a server message. Two million arrive per second, so only as much is read as necessary.
///
/// The client's reader parses the whole JSON of a message. Here that would take more time than the server needs to
/// answer, and the generator would measure itself.
enum Reply: Equatable {
  case acknowledgement(seq: Int, chunkBytes: Int)
  case transcription(seq: Int)
  /// An error, or any unexpected message.
  case other

  /// The members may be in any order, with or without spaces, and there may be more of them.
  @inline(__always)
  init(_ text: UnsafeRawBufferPointer) {
    var members = Members(text)
    var seq: Int?
    var chunkBytes: Int?
    var isTranscription = false
    while let key = members.nextKey() {
      if Members.matches(key, "seq") {
        seq = members.integer()
      } else if Members.matches(key, "chunk_size") {
        chunkBytes = members.integer()
      } else if Members.matches(key, "transcription") {
        isTranscription = true
      }
      if let seq {
        if isTranscription {
          self = .transcription(seq: seq)
          return
        }
        if let chunkBytes {
          self = .acknowledgement(seq: seq, chunkBytes: chunkBytes)
          return
        }
      }
      guard members.skipValue() else { break }
    }
    self = .other
  }
}

/// Reads the members of a JSON object one by one.
private struct Members {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    skipBlanks()
    if position < text.count, text[position] == UInt8(ascii: "{") { position += 1 } else { position = text.count }
  }

  @inline(__always)
  static func matches(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    key.count == name.utf8CodeUnitCount && memcmp(key.baseAddress!, name.utf8Start, key.count) == 0
  }

  @inline(__always)
  private mutating func skipBlanks() {
    while position < text.count, text[position] <= 0x20 { position += 1 }
  }

  /// The next key, without quotes; its value is next.
  @inline(__always)
  mutating func nextKey() -> UnsafeRawBufferPointer? {
    while position < text.count, text[position] <= 0x20 || text[position] == UInt8(ascii: ",") { position += 1 }
    guard position < text.count, text[position] == UInt8(ascii: "\"") else { return nil }
    let begin = position + 1
    position = begin
    while position < text.count, text[position] != UInt8(ascii: "\"") { position += 1 }
    guard position < text.count, position > begin else { return nil }
    let key = UnsafeRawBufferPointer(rebasing: text[begin..<position])
    position += 1
    skipBlanks()
    guard position < text.count, text[position] == UInt8(ascii: ":") else { return nil }
    position += 1
    skipBlanks()
    return key
  }

  /// Reads the value as an unsigned number; nil if it is not one, or too large to be one of ours.
  @inline(__always)
  mutating func integer() -> Int? {
    let begin = position
    var value = 0
    while position < text.count, text[position] &- 0x30 <= 9 {
      value = value &* 10 &+ Int(text[position] &- 0x30)
      position += 1
    }
    return (1...18).contains(position - begin) ? value : nil
  }

  /// Skips the value, if it has not been read; false for a nested value, which no reply has before the keys that
  /// matter.
  @inline(__always)
  mutating func skipValue() -> Bool {
    guard position < text.count else { return false }
    switch text[position] {
    case UInt8(ascii: "\""):
      position += 1
      while position < text.count, text[position] != UInt8(ascii: "\"") {
        position += text[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      position += 1
    case UInt8(ascii: "{"), UInt8(ascii: "["): return false
    default:
      while position < text.count, text[position] != UInt8(ascii: ","), text[position] != UInt8(ascii: "}") {
        position += 1
      }
    }
    return true
  }
}
