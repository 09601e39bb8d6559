public import Audio
public import Recognition

/// The words of a stream so far, for its receipt and for a replacement worker.
public struct StreamTranscript: Equatable, Sendable {
  public private(set) var segments: [Segment] = []
  /// Whether the receipt lists segments: those of engines whose utterances span chunks.
  public let keepsSegments: Bool
  private var keptBytes = 0
  @Boxed private var found: LanguageFinder?
  /// The newest segment that is final, withdrawn ones included; 0 before the first.
  public private(set) var lastFinal = 0
  /// From where another worker would need the audio; nil when it needs none that was answered.
  @Boxed public private(set) var checkpoint: Checkpoint?
  /// Partials skipped by earlier workers, and by the present one.
  private var skippedBefore = 0
  private var skipped = 0
  /// Audio that waits to be decoded.
  public private(set) var backlogSeconds = 0.0

  /// - Parameter settled: how much of the first chunk another session had settled.
  init(keepsSegments: Bool, settled: Settled = Settled()) {
    self.keepsSegments = keepsSegments
    if keepsSegments, settled != Settled() {
      checkpoint = Checkpoint(frame: UInt64(settled.frames), isOpen: settled.isOpen)
    }
  }

  /// By the final segments.
  public var languages: LanguageFinder { found ?? LanguageFinder() }

  public var skippedPartials: Int { skippedBefore + skipped }

  mutating func progressed(_ progress: RecognitionProgress) {
    skipped = progress.skippedPartials
    backlogSeconds = progress.backlogSeconds
    // Absent while not all updates before it have been reported. A recognizer may begin before words that the one
    // before it on this worker has reported since.
    if let reached = progress.checkpoint, reached.frame >= checkpoint?.frame ?? 0 { checkpoint = reached }
  }

  /// The engine answers at once: nothing was skipped or waits.
  mutating func keptUp() { (skipped, backlogSeconds) = (0, 0) }

  /// Takes an update; false for a final that was taken before.
  mutating func take(_ update: TranscriptUpdate) -> Bool {
    guard update.segment.number > lastFinal else { return false }
    guard update.isFinal else { return true }
    lastFinal = update.segment.number
    take(languageOf: update.segment)
    let bytes = update.segment.text.utf8.count
    guard keepsSegments, bytes > 0, keptBytes + bytes <= StreamLimits.segmentBytes else { return true }
    keptBytes += bytes
    segments.append(update.segment)
    return true
  }

  private mutating func take(languageOf segment: Segment) {
    guard let language = segment.language, !segment.text.isEmpty else { return }
    var languages = languages
    languages.take(language, from: segment.start, to: segment.end)
    found = languages
  }

  /// Takes what an engine with one text a chunk made of one; nil if it was taken before.
  mutating func take(_ text: FinalText) -> ChunkText? {
    guard text.segment > lastFinal else { return nil }
    lastFinal = text.segment
    return ChunkText(segment: text.segment, text: text.text)
  }

  /// No worker gets the audio before `frame` again.
  mutating func dropAudio(before frame: Int) {
    checkpoint = checkpoint.map { Checkpoint(frame: UInt64(frame), segments: $0.segments) }
  }

  // MARK: State

  /// Writes everything but the segments.
  func write(to writer: inout StateWriter) {
    writer.add(keepsSegments)
    writer.add(keptBytes)
    writer.add(lastFinal)
    writer.add(checkpoint) { $0.add($1) }
    writer.add(skippedPartials)
  }

  init(from reader: inout StateReader, segments: [Segment]) throws(StateError) {
    keepsSegments = try reader.flag()
    keptBytes = try reader.count()
    lastFinal = try reader.count()
    checkpoint = try reader.optional { reader throws(StateError) in try reader.checkpoint() }
    skippedBefore = try reader.count()
    self.segments = segments
    for segment in segments { take(languageOf: segment) }
  }

  /// The next worker counts from zero.
  mutating func workerLost() {
    skippedBefore += skipped
    skipped = 0
    backlogSeconds = 0
  }
}
