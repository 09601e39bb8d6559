import Audio
import Recognition
import Support
import Testing

@testable import WorkerLink

/// Random frames in both directions, however they are split.
@Suite struct FrameRoundTripTests {
  private func key(_ random: inout SeededRandom) -> SessionKey {
    guard let key = SessionKey((0..<SessionKey.byteCount).map { _ in .random(in: 0...255, using: &random) }) else {
      preconditionFailure("A key has \(SessionKey.byteCount) bytes.")
    }
    return key
  }

  private func text(_ random: inout SeededRandom, _ limit: Int) -> String {
    String((0..<Int.random(in: 0...limit, using: &random)).map { _ in "aé漢🎙 \"".randomElement(using: &random) ?? "a" })
  }

  private func stream(_ random: inout SeededRandom) -> StreamID {
    StreamID(gateway: random.next(), number: UInt64.random(in: 0..<1 << 53, using: &random))
  }

  private func seconds(_ random: inout SeededRandom) -> Double { .random(in: 0...100_000, using: &random) }

  private func update(_ random: inout SeededRandom) -> TranscriptUpdate {
    let start = seconds(&random)
    let words = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      Word(text: text(&random, 8), start: seconds(&random), end: seconds(&random))
    }
    let segment = Segment(
      number: .random(in: 0...Int.max, using: &random), start: start, end: start + seconds(&random),
      text: text(&random, 60), words: words,
      language: Bool.random(using: &random) ? nil : Bool.random(using: &random) ? "" : "en-GB")
    return TranscriptUpdate(
      segment: segment, stableWords: .random(in: 0...65_535, using: &random), isFinal: .random(using: &random),
      ending: [nil, .silence, .length, .request].randomElement(using: &random) ?? nil)
  }

  private func finalText(_ random: inout SeededRandom) -> FinalText {
    let start = seconds(&random)
    return FinalText(
      segment: .random(in: 0...Int.max, using: &random), start: start, end: start + seconds(&random),
      text: text(&random, 60), words: .random(in: 0...65_535, using: &random))
  }

  private func updates(_ random: inout SeededRandom) -> [TranscriptUpdate] {
    (0..<Int.random(in: 0...3, using: &random)).map { _ in update(&random) }
  }

  private func progress(_ random: inout SeededRandom) -> RecognitionProgress {
    let checkpoint = Checkpoint(
      frame: UInt64(Int.random(in: 0...Int.max, using: &random)),
      segments: .random(in: 0...Int(UInt32.max), using: &random), isOpen: .random(using: &random))
    return RecognitionProgress(
      checkpoint: Bool.random(using: &random) ? nil : checkpoint,
      skippedPartials: .random(in: 0...Int(UInt32.max), using: &random),
      backlogSeconds: Double(Int.random(in: 0...65_535, using: &random)) / 100)
  }

  private func models(_ random: inout SeededRandom) -> [EngineModel] {
    (0..<Int.random(in: 0...3, using: &random)).map { _ in
      let languages = ["en", "pt-BR", "漢"].prefix(.random(in: 0...3, using: &random))
      return EngineModel(
        name: "x" + text(&random, 30), languages: Array(languages), detectsLanguage: .random(using: &random),
        problem: Bool.random(using: &random) ? nil : text(&random, 30))
    }
  }

  private func reply(_ random: inout SeededRandom) -> WorkerReply {
    let seq = Int.random(in: 0...Int.max, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      let engines = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        EngineStatus(
          name: text(&random, 8), state: Bool.random(using: &random) ? .ready : .unavailable(reason: text(&random, 30)),
          isContinuous: .random(using: &random), models: models(&random))
      }
      let sandbox = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        SandboxLayer(text(&random, 8), problem: Bool.random(using: &random) ? nil : "x" + text(&random, 30))
      }
      return .hello(
        WorkerHello(
          versions: 5...Int.random(in: 5...9, using: &random), pid: -7, engines: engines, sandbox: sandbox,
          hasMemory: .random(using: &random)))
    case 1:
      let samples = Int.random(in: 0...1 << 20, using: &random)
      let levels = Levels(
        samples: samples, sumOfSquares: Double(samples) * 0.25, peak: 0.5,
        clipped: .random(in: 0...samples, using: &random))
      let progress = progress(&random)
      if progress.checkpoint == nil, Bool.random(using: &random) {
        return .text(TextResult(stream: stream(&random), seq: seq, levels: levels, text: finalText(&random)))
      }
      return .result(
        ChunkResult(stream: stream(&random), seq: seq, levels: levels, progress: progress), updates(&random))
    case 2: return .updates(stream(&random), progress(&random), updates(&random))
    case 3: return .finished(stream(&random), seq: seq, progress(&random), updates(&random))
    case 4: return .failed(stream(&random), seq: seq, .finish, reason: text(&random, 200))
    case 5:
      return .decoded(
        stream(&random),
        DecodingTime(seconds: .random(in: 0...86_400, using: &random), isFinal: .random(using: &random)))
    case 6:
      let piece = StatePiece(
        isFirst: true, isLast: true, bytes: (0..<100).map { _ in .random(in: 0...255, using: &random) })
      return .image(key(&random), epoch: random.next(), piece)
    case 7: return .untaken(key(&random), isFenced: .random(using: &random))
    case 8: return .fenced(key(&random))
    default: return .behind(stream(&random), .random(using: &random))
    }
  }

  private func write(_ reply: WorkerReply, to writer: FrameWriter) {
    switch reply {
    case .hello(let hello): writer.hello(hello)
    case .result(let result, let updates): writer.result(result, updates)
    case .text(let result): writer.result(result)
    case .updates(let stream, let progress, let updates): writer.updates(stream, progress, updates)
    case .finished(let stream, let seq, let progress, let updates):
      writer.finished(stream, seq: seq, progress, updates)
    case .failed(let stream, let seq, let kind, let reason): writer.failed(stream, seq: seq, kind, reason: reason)
    case .decoded(let stream, let time): writer.decoded(stream, time)
    case .behind(let stream, let isBehind): writer.behind(stream, isBehind)
    case .image(let key, let epoch, let piece): piece.bytes.withUnsafeBytes { writer.image(key, epoch: epoch, $0) }
    case .untaken(let key, let isFenced): writer.untaken(key, isFenced: isFenced)
    case .fenced(let key): writer.fenced(key)
    }
  }

  @Test(arguments: Seed.fresh) func `replies are read as they were written`(_ seed: Seed) throws {
    var random = seed.random
    for _ in 0..<100 {
      let replies = (0..<20).map { _ in reply(&random) }
      let writer = FrameWriter()
      for reply in replies { write(reply, to: writer) }
      var reader = FrameReader()
      var found: [WorkerReply] = []
      while writer.count > 0 {
        let piece = writer.bytes.prefix(Int.random(in: 1...5000, using: &random))
        reader.room().copyBytes(from: piece)
        reader.commit(piece.count)
        writer.consume(piece.count)
        while let reply = try reader.nextReply() { found.append(reply) }
      }
      #expect(found == replies)
    }
  }

  @Test(arguments: Seed.fresh) func `random bytes never trap`(_ seed: Seed) {
    var random = seed.random
    for _ in 0..<2000 {
      var bytes = (0..<Int.random(in: 8...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Half of them begin as a frame does.
      if Bool.random(using: &random) {
        bytes.replaceSubrange(0..<4, with: [UInt8(bytes.count - 8), 0, 0, 0])
        bytes[4] =
          [16, 17, 18, 22, 23, 25, 65, 80, 81, 82, 83, 84, 86, 87, 88, 89, 90].randomElement(using: &random) ?? 16
      }
      var reader = FrameReader()
      reader.room().copyBytes(from: bytes)
      reader.commit(bytes.count)
      do { while try reader.nextReply() != nil {} } catch {}
      reader = FrameReader()
      reader.room().copyBytes(from: bytes)
      reader.commit(bytes.count)
      do { while try reader.nextRequest() != nil {} } catch {}
      bytes.withUnsafeBytes {
        var lent = LentFrames($0)
        do { while let frame = try lent.next() { _ = try WorkerRequest(frame) } } catch {}
      }
    }
  }
}
