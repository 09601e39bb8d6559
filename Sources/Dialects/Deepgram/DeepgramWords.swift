internal import JSON
internal import Recognition

/// Words as Deepgram has them, live and of files: plain, and as they are written.
struct DeepgramWords: Equatable {
  private let words: [Word]

  static let none = DeepgramWords(joining: [])

  init(_ segment: Segment) { words = TimedWords(segment).words }

  init(joining parts: [DeepgramWords]) { words = parts.flatMap(\.words) }

  var isEmpty: Bool { words.isEmpty }
  /// Where the last word ends.
  var end: Double? { words.last?.end }

  /// Adds the members of an alternative or an utterance that hold them.
  func add(to json: inout JSONObject) {
    json.add("transcript", upTo: words.reduce(2) { $0 + TextCursor.quotedBytes($1.text) }) { cursor in
      cursor.put("\"")
      for (index, word) in words.enumerated() {
        if index > 0 { cursor.put(" ") }
        cursor.put(escaped: word.text)
      }
      cursor.put("\"")
    }
    // No model tells one, and filters drop what is low.
    json.add("confidence", json: "1.0")
    json.add("words", objects: words.count) { index, json in
      let word = words[index]
      let plain = PlainWord.text(of: word.text)
      let bytes = Self.memberBytes + TextCursor.quotedBytes(plain) + TextCursor.quotedBytes(word.text)
      json.add(upTo: bytes) { cursor in
        cursor.put(#""word":"#)
        cursor.put(quoted: plain)
        cursor.put(#","start":"#)
        cursor.put(figure: word.start)
        cursor.put(#","end":"#)
        cursor.put(figure: word.end)
        cursor.put(#","confidence":1.0,"punctuated_word":"#)
        cursor.put(quoted: word.text)
      }
    }
  }

  /// Two figures, and 60 bytes around them.
  private static let memberBytes = 60 + 2 * TextCursor.figureBytes
}
