public import JSON

/// The reply to a chunk: its levels, and the words so far unless they are sent in updates.
@dynamicMemberLookup
public struct Transcription: Equatable, Sendable {
  public var figures: Figures
  public var text: Text?
  /// Nil for clients that did not send `start`.
  public var settled: SettledMessage?
  /// How late the texts of the stream come, in seconds, where the server took it although they do.
  public var delay: Double?

  public struct Text: Equatable, Sendable {
    public var text: String
    /// Whether the text stays as it is.
    public var isFinal: Bool
    /// Number of the utterance, from 1; a later text of the same segment replaces an earlier one.
    public var segment: Int
    /// Segments that became final since the reply before.
    public var segments: [SegmentMessage]

    @inlinable public init(text: String, isFinal: Bool, segment: Int, segments: [SegmentMessage] = []) {
      self.text = text
      self.isFinal = isFinal
      self.segment = segment
      self.segments = segments
    }
  }

  // Inlinable: each reply has one, and a call would copy it.
  @inlinable public init(_ figures: Figures, text: Text?, settled: SettledMessage? = nil, delay: Double? = nil) {
    self.figures = figures
    self.text = text
    self.settled = settled
    self.delay = delay
  }

  /// A figure by its name.
  public subscript<Value>(dynamicMember figure: KeyPath<Figures, Value>) -> Value { figures[keyPath: figure] }

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    object.add(upTo: longestBytes) { putMembers(to: &$0) }
    if let text, !text.segments.isEmpty { object.add("segments", .array(text.segments.map(\.json))) }
  }

  /// The message is not longer, unless it lists segments.
  public var longestBytes: Int { Self.longestBytes(text: text?.text ?? "") }

  /// The same of one with this text.
  public static func longestBytes(text: String) -> Int { figuresBytes + TextCursor.quotedBytes(text) }

  /// Writes the message, which lists no segments, as JSON text; returns its size.
  ///
  /// Every chunk has a reply, so it is not built in a `JSONObject` and then copied.
  public func write(to memory: UnsafeMutableRawBufferPointer) -> Int {
    precondition(memory.count >= longestBytes, "too little room for a reply")
    guard let start = memory.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var cursor = TextCursor(start)
    cursor.put("{")
    putMembers(to: &cursor)
    cursor.put("}")
    return cursor.place - start
  }

  /// Writes the message of a chunk that has a final text of its own.
  ///
  /// A whole `Transcription` for it was copied and destroyed twice: 4 % of the server's instructions for a chunk.
  public static func write(
    _ figures: Figures, text: String, segment: Int, settled: SettledMessage?, to memory: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(memory.count >= longestBytes(text: text), "too little room for a reply")
    guard let start = memory.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var cursor = TextCursor(start)
    cursor.put("{")
    figures.putNumber(to: &cursor)
    put(text, to: &cursor)
    figures.putLevels(to: &cursor)
    put(isFinal: true, segment: segment, to: &cursor)
    if let settled { settled.put(to: &cursor) }
    cursor.put("}")
    return cursor.place - start
  }

  private func putMembers(to cursor: inout TextCursor) {
    figures.putNumber(to: &cursor)
    if let text { Self.put(text.text, to: &cursor) }
    figures.putLevels(to: &cursor)
    if let text { Self.put(isFinal: text.isFinal, segment: text.segment, to: &cursor) }
    if let settled { settled.put(to: &cursor) }
    guard let delay else { return }
    cursor.put(#","delay":"#)
    cursor.put(figure: delay)
  }

  private static func put(_ text: String, to cursor: inout TextCursor) {
    cursor.put(#","transcription":"#)
    cursor.put(quoted: text)
  }

  private static func put(isFinal: Bool, segment: Int, to cursor: inout TextCursor) {
    cursor.put(isFinal ? #","final":true,"segment":"# : #","final":false,"segment":"#)
    cursor.put(segment)
  }

  /// Six figures, five integers, and 163 bytes between them.
  private static let figuresBytes = 163 + 6 * TextCursor.figureBytes + 5 * TextCursor.integerBytes

  /// Reads a reply; nil when a member is missing or of another kind.
  public init?(_ value: JSONValue) {
    guard let seq = value["seq"]?.integer, let rms = value["rms"]?.double, let peak = value["peak"]?.double,
      let clipped = value["clipped"]?.integer, let duration = value["duration"]?.double,
      let start = value["start"]?.double
    else { return nil }
    let figures = Figures(
      seq: seq, rms: rms, dbfs: value["dbfs"]?.double, peak: peak, clipped: clipped, duration: duration, start: start)
    self.init(figures, text: Text(value), settled: SettledMessage(value), delay: value["delay"]?.double)
  }
}

extension Transcription {
  /// The numbers of a reply.
  @frozen public struct Figures: Equatable, Sendable, BitwiseCopyable {
    public var seq: Int
    /// Root mean square of the samples of all channels; full scale is 1.
    public var rms: Double
    /// 20·log10(rms); nil for digital silence.
    public var dbfs: Double?
    /// Largest absolute sample; full scale is 1.
    public var peak: Double
    /// Samples at either end of the scale.
    public var clipped: Int
    /// Seconds of audio in the chunk.
    public var duration: Double
    /// Seconds of audio in the stream before the chunk.
    public var start: Double

    @inlinable public init(
      seq: Int, rms: Double, dbfs: Double?, peak: Double, clipped: Int, duration: Double, start: Double
    ) {
      (self.seq, self.rms, self.dbfs, self.peak, self.clipped) = (seq, rms, dbfs, peak, clipped)
      (self.duration, self.start) = (duration, start)
    }

    fileprivate func putNumber(to cursor: inout TextCursor) {
      cursor.put(#""seq":"#)
      cursor.put(seq)
    }

    fileprivate func putLevels(to cursor: inout TextCursor) {
      cursor.put(#","rms":"#)
      cursor.put(figure: rms)
      cursor.put(#","dbfs":"#)
      if let dbfs { cursor.put(figure: dbfs) } else { cursor.put("null") }
      cursor.put(#","peak":"#)
      cursor.put(figure: peak)
      cursor.put(#","clipped":"#)
      cursor.put(clipped)
      cursor.put(#","duration":"#)
      cursor.put(seconds: duration)
      cursor.put(#","start":"#)
      cursor.put(seconds: start)
    }
  }
}

extension Transcription.Text {
  /// Reads the words of a reply; nil where they are sent in updates.
  fileprivate init?(_ value: JSONValue) {
    guard let text = value["transcription"]?.string, let isFinal = value["final"]?.bool,
      let segment = value["segment"]?.integer
    else { return nil }
    self.init(
      text: text, isFinal: isFinal, segment: segment,
      segments: value["segments"]?.array?.compactMap(SegmentMessage.init) ?? [])
  }
}
