internal import JSON

/// An append: an object whose members are no lists or objects. Its audio is read where it lies, however long it is; as
/// a JSON value, a long message could take many times its size.
struct RealtimeAppend {
  /// A string in a message.
  struct Text {
    /// Without the quotes.
    let bytes: UnsafeRawBufferPointer
    let hasEscapes: Bool

    /// Nil: an escape is none.
    var value: String? {
      guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
      let quoted = UnsafeRawBufferPointer(start: bytes.baseAddress.map { $0 - 1 }, count: bytes.count + 2)
      return (try? JSONValue(parsing: quoted))?.string
    }
  }

  /// In base64.
  let audio: Text
  let id: String?

  private struct Cursor {
    var rest: Slice<UnsafeRawBufferPointer>

    private mutating func skipBlanks() { rest = rest.drop { [9, 10, 13, 32].contains($0) } }

    mutating func skip(_ character: Character) -> Bool {
      skipBlanks()
      guard rest.first == character.asciiValue else { return false }
      rest = rest.dropFirst()
      return true
    }

    var isAtString: Bool {
      mutating get {
        skipBlanks()
        return rest.first == UInt8(ascii: "\"")
      }
    }

    mutating func string() -> Text? {
      guard skip("\"") else { return nil }
      var (index, hasEscapes) = (rest.startIndex, false)
      while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
        guard rest[index] >= 32 else { return nil }
        if rest[index] == UInt8(ascii: "\\") {
          hasEscapes = true
          index += 1
        }
        index += 1
      }
      guard index < rest.endIndex else { return nil }
      defer { rest = rest[(index + 1)...] }
      return Text(bytes: UnsafeRawBufferPointer(rebasing: rest[..<index]), hasEscapes: hasEscapes)
    }

    /// A number, true, false or null.
    mutating func skipWord() -> Bool {
      let end = rest.firstIndex { ",} \t\r\n".utf8.contains($0) } ?? rest.endIndex
      let word = UnsafeRawBufferPointer(rebasing: rest[..<end])
      rest = rest[end...]
      return word.first != UInt8(ascii: "[") && word.count <= RealtimeAppend.mostWordBytes
        && (try? JSONValue(parsing: word)) != nil
    }
  }

  /// Nil: it is something else.
  init?(_ text: UnsafeRawBufferPointer) {
    var cursor = Cursor(rest: text[...])
    var keys: Set<String> = []
    var strings: [String: Text] = [:]
    guard cursor.skip("{") else { return nil }
    repeat {
      guard keys.count < Self.mostMembers, let key = cursor.string()?.value, keys.insert(key).inserted,
        cursor.skip(":")
      else { return nil }
      if cursor.isAtString { strings[key] = cursor.string() } else if !cursor.skipWord() { return nil }
    } while cursor.skip(",")
    guard cursor.skip("}"), !cursor.rest.contains(where: { ![9, 10, 13, 32].contains($0) }) else { return nil }
    guard strings["type"]?.value == "input_audio_buffer.append", let audio = strings["audio"] else { return nil }
    self.audio = audio
    id = strings["event_id"]?.value
  }

  private static let mostMembers = 8
  private static let mostWordBytes = 64
}
