public import Recognition

// An update in a payload: u64 number, f64 start, f64 end, u16 stable words, u16 words, u16 bytes of text, u8 bytes of
// language, u8 flags (bit 0: final, bit 1: has a language, bits 2 and 3: how it ended); then text, language and words:
// f64 start, f64 end, u16 bytes of text, text.

extension PayloadReader {
  /// All updates in the rest of the payload.
  mutating func updates() throws(WorkerLinkError) -> [TranscriptUpdate] {
    guard !isEmpty else { return [] }
    // Mostly one: an empty array to begin with would grow to room for several.
    var updates = [try update()]
    while !isEmpty { updates.append(try update()) }
    return updates
  }

  /// The payload's only update, if that is a text and nothing else.
  mutating func onlyText() throws(WorkerLinkError) -> FinalText? {
    guard count >= TranscriptUpdate.fieldBytes else { return nil }
    var rest = self
    let fields = try rest.fields(TranscriptUpdate.fieldBytes)
    // The words, the language and the flags after the text's size, which is all of the rest.
    guard fields.number(at: 26, UInt16.self) == 0, fields.number(at: 30, UInt16.self) == FinalText.flags,
      rest.count == Int(fields.number(at: 28, UInt16.self))
    else { return nil }
    let (number, start, end) = try Self.place(fields)
    return FinalText(
      segment: number, start: start, end: end, text: try rest.text(rest.count),
      words: Int(fields.number(at: 24, UInt16.self)))
  }

  /// Number, start and end of a segment.
  private static func place(_ fields: UnsafeRawPointer) throws(WorkerLinkError) -> (Int, Double, Double) {
    guard let number = Int(exactly: fields.number(at: 0, UInt64.self)) else {
      throw .malformed("a segment beyond 2^63")
    }
    let (start, end) = (try fields.seconds(at: 8), try fields.seconds(at: 16))
    guard start <= end else { throw .malformed("a segment that ends before it starts") }
    return (number, start, end)
  }

  private mutating func update() throws(WorkerLinkError) -> TranscriptUpdate {
    let fields = try fields(TranscriptUpdate.fieldBytes)
    let (number, start, end) = try Self.place(fields)
    let flags = fields.number(at: 31, UInt8.self)
    let text = try text(Int(fields.number(at: 28, UInt16.self)))
    let language = try self.text(Int(fields.number(at: 30, UInt8.self)))
    // In one piece: each change of a segment would copy it.
    return TranscriptUpdate(
      segment: Segment(
        number: number, start: start, end: end, text: text, words: try words(fields.number(at: 26, UInt16.self)),
        language: flags & 2 != 0 ? language : nil),
      stableWords: Int(fields.number(at: 24, UInt16.self)), isFinal: flags & 1 != 0,
      ending: TranscriptUpdate.Ending(rawValue: flags >> 2 & 3))
  }

  private mutating func words(_ count: UInt16) throws(WorkerLinkError) -> [Word] {
    var words: [Word] = []
    for _ in 0..<count { words.append(try word()) }
    return words
  }

  private mutating func word() throws(WorkerLinkError) -> Word {
    let fields = try fields(TranscriptUpdate.wordFieldBytes)
    let (start, end) = (try fields.seconds(at: 0), try fields.seconds(at: 8))
    return Word(text: try text(Int(fields.number(at: 16, UInt16.self))), start: start, end: end)
  }
}

extension FinalText {
  /// Without a language, and final.
  fileprivate static let flags: UInt16 = 1 << 8

  var payloadBytes: Int { TranscriptUpdate.fieldBytes + min(text.utf8.count, TranscriptUpdate.largestTextBytes) }

  func write(to frame: inout OpenFrame) {
    frame.put(UInt64(max(0, segment)))
    frame.put(start.bitPattern)
    frame.put(end.bitPattern)
    frame.put(UInt16(clamping: words))
    frame.put(UInt16(0))
    let size = frame.reserve(2)
    frame.put(Self.flags)
    let bytes = frame.put(text, atMost: TranscriptUpdate.largestTextBytes)
    size.storeBytes(of: UInt16(bytes).littleEndian, as: UInt16.self)
  }
}

extension TranscriptUpdate {
  fileprivate static let fieldBytes = 32
  fileprivate static let wordFieldBytes = 18
  /// Text beyond it is cut, words beyond it are left out: an utterance of 14 s has a hundredth of either.
  static let largestTextBytes = 32 << 10
  static let largestWordsBytes = 64 << 10
  static let largestLanguageBytes = 32

  /// The size in a frame.
  public var payloadBytes: Int {
    var count = Self.fieldBytes + min(segment.text.utf8.count, Self.largestTextBytes)
    if let language = segment.language { count += min(language.utf8.count, Self.largestLanguageBytes) }
    return segment.words.isEmpty ? count : count + wordsThatFit.bytes
  }

  /// How many words are sent, and their size.
  private var wordsThatFit: (count: Int, bytes: Int) {
    var bytes = 0
    for (index, word) in segment.words.enumerated() {
      let next = bytes + Self.wordFieldBytes + word.text.utf8.count
      if next > Self.largestWordsBytes { return (index, bytes) }
      bytes = next
    }
    return (segment.words.count, bytes)
  }

  func write(to frame: inout OpenFrame) {
    let words = segment.words.isEmpty ? 0 : wordsThatFit.count
    frame.put(UInt64(max(0, segment.number)))
    frame.put(segment.start.bitPattern)
    frame.put(segment.end.bitPattern)
    frame.put(UInt16(clamping: stableWords))
    frame.put(UInt16(clamping: words))
    let lengths = frame.reserve(4)
    let textBytes = frame.put(segment.text, atMost: Self.largestTextBytes)
    let languageBytes = segment.language.map { frame.put($0, atMost: Self.largestLanguageBytes) } ?? 0
    lengths.storeBytes(of: UInt16(textBytes).littleEndian, as: UInt16.self)
    lengths.storeBytes(of: UInt8(languageBytes), toByteOffset: 2, as: UInt8.self)
    lengths.storeBytes(
      of: (isFinal ? 1 : 0) | (segment.language == nil ? 0 : 2) | (ending?.rawValue ?? 0) << 2, toByteOffset: 3,
      as: UInt8.self)
    for word in segment.words.prefix(words) {
      frame.put(word.start.bitPattern)
      frame.put(word.end.bitPattern)
      let length = frame.reserve(2)
      let bytes = frame.put(word.text, atMost: Self.largestWordsBytes)
      length.storeBytes(of: UInt16(clamping: bytes).littleEndian, as: UInt16.self)
    }
  }
}
