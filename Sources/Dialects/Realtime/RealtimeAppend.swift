/// An append as most clients write it: an object of strings without escapes. It is read without a copy, however long
/// it is; as a JSON value, a long message could take many times its size.
struct RealtimeAppend {
  /// The audio in base64.
  let audio: UnsafeRawBufferPointer
  let id: String?

  private struct Cursor {
    var rest: Slice<UnsafeRawBufferPointer>

    mutating func skip(_ character: Character) -> Bool {
      rest = rest.drop { [9, 10, 13, 32].contains($0) }
      guard rest.first == character.asciiValue else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func string() -> UnsafeRawBufferPointer? {
      guard skip("\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
      let text = UnsafeRawBufferPointer(rebasing: rest[..<end])
      rest = rest[(end + 1)...]
      return text.contains { $0 < 32 || $0 == UInt8(ascii: "\\") } ? nil : text
    }
  }

  /// Nil: it is something else, or written otherwise.
  init?(_ text: UnsafeRawBufferPointer) {
    var cursor = Cursor(rest: text[...])
    var members: [String: UnsafeRawBufferPointer] = [:]
    guard cursor.skip("{") else { return nil }
    repeat {
      guard members.count < Self.mostMembers, let key = cursor.string(), cursor.skip(":"),
        let value = cursor.string(), members.updateValue(value, forKey: String(decoding: key, as: UTF8.self)) == nil
      else { return nil }
    } while cursor.skip(",")
    guard cursor.skip("}"), !cursor.rest.contains(where: { ![9, 10, 13, 32].contains($0) }) else { return nil }
    guard let type = members["type"], type.elementsEqual("input_audio_buffer.append".utf8),
      let audio = members["audio"]
    else { return nil }
    self.audio = audio
    id = members["event_id"].map { String(decoding: $0, as: UTF8.self) }
  }

  private static let mostMembers = 8
}
