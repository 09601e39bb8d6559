import Audio
internal import Glibc
import Support
import Testing

@testable import Capture

/// Everything a source delivers, taken with a buffer of an awkward size.
func takeAll(_ source: any AudioSource, bufferBytes: Int = 10_007) -> (bytes: [UInt8], events: [CaptureEvent]) {
  var bytes: [UInt8] = []
  var events: [CaptureEvent] = []
  var buffer = [UInt8](repeating: 0, count: bufferBytes)
  while true {
    switch buffer.withUnsafeMutableBytes({ source.next(into: $0) }) {
    case .audio(let count): bytes += buffer[..<count]
    case .event(let event): events.append(event)
    case .nothingYet: preconditionFailure("a file always has something")
    case .end: return (bytes, events)
    }
  }
}

struct AudioFileTests {
  typealias Container = SoundFileWriter.Container
  typealias Coding = SoundFileWriter.Coding

  private let files = TestFiles()
  private static let tone = SoundMeasure.sine(440, amplitude: 0.5, rate: 48_000, frames: 48_000)
  private static let speech = AudioFormat.standard

  private func file(
    _ container: Container, _ coding: Coding, _ samples: [Double] = tone, rate: Int = 48_000, channels: Int = 1
  )
    throws -> String
  {
    let path = files.path()
    try SoundFileWriter.write(samples, to: path, container, coding, rate: rate, channels: channels)
    return path
  }

  static let kinds: [(Container, Coding)] = Container.allCases.filter { $0 != .raw }.flatMap { container in
    Coding.allCases.filter { SoundFileWriter.canWrite(container, $0) && ($0 != .mp3 || container == .mp3) }.map {
      (container, $0)
    }
  }

  @Test func `libsndfile writes the kinds that the next test reads`() {
    for kind: (Container, Coding) in [(.flac, .s24), (.ogg, .vorbis), (.opus, .opus), (.mp3, .mp3), (.aiff, .s16)] {
      #expect(Self.kinds.contains { $0 == kind }, "\(kind)")
    }
    #expect(Self.kinds.count > 50)
  }

  @Test(arguments: kinds)
  func `a tone in a file of every kind arrives at 16 kHz`(_ container: Container, _ coding: Coding) throws {
    let source = try AudioFile(path: file(container, coding), format: Self.speech)
    let (bytes, events) = takeAll(source)
    #expect(events == [])
    let samples = SoundMeasure.s16(bytes)
    // Coders with long blocks pad the end.
    #expect(samples.count >= 15_900 && samples.count <= 17_700)
    let middle = Array(samples[2000..<14_000])
    #expect(abs(SoundMeasure.hertz(middle, rate: 16_000) - 440) < 0.5)
    #expect(abs(SoundMeasure.rms(middle) / (0.5 / 2.0.squareRoot()) - 1) < 0.03)
  }

  static let ownKinds: [(Coding, SampleEncoding)] = [
    (.u8, .u8), (.s16, .s16le), (.s24, .s24le), (.s32, .s32le), (.f32, .f32le), (.mulaw, .mulaw), (.alaw, .alaw),
  ]

  /// Samples within `range`.
  private func noise(_ count: Int, in range: ClosedRange<Double>, _ seed: Seed) -> [Double] {
    var random = seed.random
    return (0..<count).map { _ in .random(in: range, using: &random) }
  }

  @Test(arguments: ownKinds, Seed.fresh)
  func `a WAV file's own samples arrive bit for bit`(_ kind: (coding: Coding, own: SampleEncoding), _ seed: Seed) throws
  {
    let noise = noise(20_000, in: -1.1...1.1, seed)
    let path = try file(.wav, kind.coding, noise, rate: 44_100, channels: 2)
    let source = try AudioFile(path: path)
    #expect(source.format == AudioFormat(sampleRate: 44_100, channels: 2, encoding: kind.own))
    #expect(source.length == .exact(frames: 10_000))
    let (bytes, events) = takeAll(source)
    #expect(events == [])
    #expect(bytes.count == 10_000 * source.format.frameBytes)
    let whole = TestFiles.bytes(path)
    let start = try #require(whole.indices.first { whole[$0...].starts(with: Array("data".utf8)) }) + 8
    #expect(bytes == Array(whole[start..<(start + bytes.count)]))
  }

  @Test(arguments: [Coding.s16, .s24, .s32, .f32], Seed.fresh)
  func `big-endian and FLAC samples arrive as the same numbers as from WAV`(_ coding: Coding, _ seed: Seed) throws {
    let noise = noise(9000, in: -1...0.99, seed)
    let plain = takeAll(try AudioFile(path: file(.wav, coding, noise))).bytes
    for container in [Container.aiff, .au, .caf, .flac] where SoundFileWriter.canWrite(container, coding) {
      #expect(takeAll(try AudioFile(path: file(container, coding, noise))).bytes == plain, "\(container)")
    }
  }

  @Test func `another encoding at the same rate is only rounded`() throws {
    let wanted = AudioFormat(sampleRate: 48_000, channels: 1, encoding: .s16le)
    let source = try AudioFile(path: file(.wav, .f64), format: wanted)
    #expect(source.ownFormat.encoding == .f32le)
    let (bytes, _) = takeAll(source)
    #expect(SoundMeasure.s16(bytes).count == 48_000)
    #expect(zip(SoundMeasure.s16(bytes), Self.tone).allSatisfy { abs($0 - $1) <= 0.51 / 32768 })
  }

  @Test func `a file says what it is`() throws {
    let source = try AudioFile(path: file(.wav, .s16), format: Self.speech)
    #expect(source.kind == "WAV (Microsoft), Signed 16 bit PCM")
    #expect(source.seconds == 1)
    #expect(source.ownFormat == AudioFormat(sampleRate: 48_000, channels: 1, encoding: .s16le))
  }

  // MARK: What is wrong with it

  private func refusal(_ path: String) -> CaptureError? {
    do throws(CaptureError) {
      _ = try AudioFile(path: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a missing file, a folder and an empty file are told apart`() throws {
    let missing = files.path()
    #expect(refusal(missing) == .fileMissing(path: missing))
    let empty = try files.path(containing: [])
    #expect(refusal(empty).map { "\($0)" }?.contains("is empty") == true)
    guard case .fileNotReadable(files.folder, let failure)? = refusal(files.folder) else {
      Issue.record("a folder is no file: \(String(describing: refusal(files.folder)))")
      return
    }
    #expect(failure.code == Int(EISDIR))
  }

  @Test(arguments: [
    Array("this is a letter, not a sound, however long it may be".utf8), (0..<5000).map { UInt8($0 % 251) },
  ])
  func `what is no audio is refused with libsndfile's words`(_ bytes: [UInt8]) throws {
    let path = try files.path(containing: bytes)
    guard case .notAudio(path, let failure)? = refusal(path) else {
      Issue.record("it is no audio")
      return
    }
    #expect(failure.call == "sf_open" && !failure.reason.isEmpty)
    #expect("\(CaptureError.notAudio(path: path, failure))".contains("--raw s16le:16000:1"))
  }

  @Test func `an audio file without frames is refused`() throws {
    let path = try file(.wav, .s16, [])
    #expect(refusal(path) == .noFrames(path: path, promised: 0))
    let cut = try files.path(containing: Array(TestFiles.bytes(try file(.wav, .s16))[..<44]))
    #expect(refusal(cut) == .noFrames(path: cut, promised: 48_000))
  }

  @Test(arguments: [Container.wav, .wavex, .rf64, .w64, .aiff, .au, .caf, .flac], [nil, AudioFormat.standard])
  func `a truncated file delivers what is there and says what is missing`(
    _ container: Container, _ format: AudioFormat?
  )
    throws
  {
    let noise = noise(48_000, in: -0.9...0.9, Seed(1))
    let whole = TestFiles.bytes(try file(container, .s16, noise))
    let source = try AudioFile(path: try files.path(containing: Array(whole[..<(whole.count * 5 / 8)])), format: format)
    let (bytes, events) = takeAll(source)
    guard case .truncated(48_000, let found)? = events.first, events.count == 1 else {
      Issue.record("events: \(events)")
      return
    }
    #expect(found > 24_000 && found < 31_000)
    #expect(abs(bytes.count / 2 * 48_000 / source.format.sampleRate - found) <= 4)
  }

  @Test func `a pipe is read like a file`() throws {
    let whole = TestFiles.bytes(try file(.flac, .s16))
    let pipe = files.path()
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = TestThread {
      guard let file = fopen(pipe, "we") else { return }
      fwrite(whole, 1, whole.count, file)
      fclose(file)
    }
    let source = try AudioFile(path: pipe, format: AudioFormat.standard)
    writer.join()
    let samples = SoundMeasure.s16(takeAll(source).bytes)
    #expect(abs(SoundMeasure.hertz(Array(samples[2000..<14_000]), rate: 16_000) - 440) < 0.5)
  }

  @Test func `a pipe without bytes is an empty file`() throws {
    let pipe = files.path()
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = TestThread { _ = fopen(pipe, "we").map { fclose($0) } }
    #expect(refusal(pipe) == .fileEmpty(path: pipe))
    writer.join()
  }
}
