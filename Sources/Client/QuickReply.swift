/// The two replies every chunk gets, told from their first bytes without reading all of their JSON.
///
/// The server writes `{"client_id":1,"seq":2,"chunk_size":3}` and `{"seq":2,"transcription":…`, in this order; spaces after
/// colons and commas, as Python writes them, are taken too. Anything else is `other` and deserves a parser.
enum QuickReply: Equatable {
  case accepted(seq: Int, chunkBytes: Int)
  case transcribed(seq: Int)
  case other

  init(scanning text: UnsafeRawBufferPointer) {
    var scan = Scan(text: text)
    if scan.take("{\"seq\":") {
      guard let seq = scan.number(), scan.take(",\"transcription\":") else {
        self = .other
        return
      }
      self = .transcribed(seq: seq)
    } else if scan.take("{\"client_id\":") {
      guard scan.number() != nil, scan.take(",\"seq\":"), let seq = scan.number(), scan.take(",\"chunk_size\":"),
        let size = scan.number(), scan.take("}")
      else {
        self = .other
        return
      }
      self = .accepted(seq: seq, chunkBytes: size)
    } else {
      self = .other
    }
  }

  private struct Scan {
    let text: UnsafeRawBufferPointer
    var offset = 0

    /// Steps over exactly these bytes, with any spaces after a comma or colon; else stays where it was.
    mutating func take(_ expected: StaticString) -> Bool {
      var place = offset
      for index in 0..<expected.utf8CodeUnitCount {
        let byte = expected.utf8Start[index]
        guard place < text.count, text[place] == byte else { return false }
        place += 1
        guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") else { continue }
        while place < text.count, text[place] == 0x20 { place += 1 }
      }
      offset = place
      return true
    }

    /// A whole number without sign that fits, at most 18 digits.
    mutating func number() -> Int? {
      var value = 0
      let first = offset
      while offset < text.count, case let digit = text[offset] &- 0x30, digit < 10 {
        guard offset - first < 18 else { return nil }
        value = value * 10 + Int(digit)
        offset += 1
      }
      return offset > first ? value : nil
    }
  }
}
