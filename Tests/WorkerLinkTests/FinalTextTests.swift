import Audio
import Recognition
import Testing

@testable import WorkerLink

/// Results that say a text and nothing else have a form of their own in memory, and none on the link.
@Suite struct FinalTextTests {
  private static let stream = StreamID(gateway: 7, number: 9)
  private static let levels = Levels(samples: 1600, sumOfSquares: 0.1, peak: 0.75, clipped: 3)
  private static let text = FinalText(segment: 3, start: 1, end: 2.5, text: "two words", words: 2)

  private func bytes(_ updates: [TranscriptUpdate], _ progress: RecognitionProgress = .init()) -> [UInt8] {
    let writer = FrameWriter()
    writer.result(ChunkResult(stream: Self.stream, seq: 2, levels: Self.levels, progress: progress), updates)
    return Array(writer.bytes)
  }

  private func bytes(_ text: FinalText) -> [UInt8] {
    let writer = FrameWriter()
    writer.result(TextResult(stream: Self.stream, seq: 2, levels: Self.levels, text: text))
    return Array(writer.bytes)
  }

  private func read(_ bytes: [UInt8]) throws -> WorkerReply? {
    var reader = FrameReader()
    reader.room().copyBytes(from: bytes)
    reader.commit(bytes.count)
    return try reader.nextReply()
  }

  @Test(arguments: ["two words", "", "漢 \"é\"\n"])
  func `a text is written as the update that it is`(text: String) throws {
    var final = Self.text
    final.text = text
    #expect(bytes(final) == bytes([final.update]))
    let result = TextResult(stream: Self.stream, seq: 2, levels: Self.levels, text: final)
    #expect(try read(bytes(final)) == .text(result))
  }

  @Test func `a text too long for a frame is cut`() throws {
    var final = Self.text
    final.text = String(repeating: "x", count: TranscriptUpdate.largestTextBytes + 9)
    #expect(bytes(final) == bytes([final.update]))
    guard case .text(let result)? = try read(bytes(final)) else {
      Issue.record("no text")
      return
    }
    #expect(result.text.text.utf8.count == TranscriptUpdate.largestTextBytes)
  }

  @Test func `a result that says more keeps all of it`() throws {
    let update = Self.text.update
    func changed(_ change: (inout TranscriptUpdate) -> Void) -> [TranscriptUpdate] {
      var update = update
      change(&update)
      return [update]
    }
    let more: [[TranscriptUpdate]] = [
      [], [update, update], changed { $0.isFinal = false }, changed { $0.ending = .silence },
      changed { $0.segment.language = "" }, changed { $0.segment.language = "en" },
      changed { $0.segment.words = [Word(text: "two", start: 1, end: 2)] },
    ]
    for updates in more {
      let result = ChunkResult(stream: Self.stream, seq: 2, levels: Self.levels, progress: RecognitionProgress())
      #expect(try read(bytes(updates)) == .result(result, updates))
    }
    for progress in [
      RecognitionProgress(checkpoint: Checkpoint(frame: 0)), RecognitionProgress(skippedPartials: 1),
      RecognitionProgress(backlogSeconds: 0.25),
    ] {
      let result = ChunkResult(stream: Self.stream, seq: 2, levels: Self.levels, progress: progress)
      #expect(try read(bytes([update], progress)) == .result(result, [update]))
    }
  }

  @Test func `a text that no engine makes is an error`() {
    func problem(_ offset: Int, _ value: UInt64) -> WorkerLinkError? {
      var bytes = bytes(Self.text)
      for index in 0..<8 { bytes[8 + 72 + offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
      do { _ = try read(bytes) } catch { return error as? WorkerLinkError }
      return nil
    }
    #expect(problem(0, 1 << 63) == .malformed("a segment beyond 2^63"))
    #expect(problem(8, 3.0.bitPattern) == .malformed("a segment that ends before it starts"))
    #expect(problem(16, Double.nan.bitPattern) == .malformed("a time of nan s"))
  }
}
