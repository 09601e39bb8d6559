import Audio
internal import Glibc
import Support
import Synchronization
import Testing

@testable import Capture

/// Files that come through pipes.
struct PipeTests {
  typealias Container = SoundFileWriter.Container
  typealias Coding = SoundFileWriter.Coding

  private let sound = SoundBytes()

  /// A pipe into which a thread writes these bytes, in pieces.
  private func pipe(_ bytes: [UInt8], pieces: Int = 7000) -> (path: String, writer: TestThread) {
    let path = sound.files.path()
    #expect(mkfifo(path, 0o600) == 0)
    let writer = TestThread {
      signal(SIGPIPE, SIG_IGN)
      let descriptor = open(path, O_WRONLY)
      for start in stride(from: 0, to: bytes.count, by: pieces) {
        let piece = Array(bytes[start..<min(start + pieces, bytes.count)])
        if write(descriptor, piece, piece.count) != piece.count { break }
      }
      close(descriptor)
    }
    return (path, writer)
  }

  private func read(
    _ bytes: [UInt8], raw: AudioFormat? = nil
  ) throws -> (file: AudioFile, frames: Int, events: [CaptureEvent]) {
    let (path, writer) = pipe(bytes)
    let file = try AudioFile(path: path, raw: raw) { $0 }
    let (got, events) = takeAll(file)
    writer.join()
    return (file, got.count / file.format.frameBytes, events)
  }

  static let kinds: [(Container, Coding)] = [
    (.wav, .s16), (.wav, .imaAdpcm), (.wavex, .s24), (.rf64, .f32), (.w64, .s16), (.aiff, .s16), (.au, .mulaw),
    (.caf, .s16), (.flac, .s16), (.ogg, .vorbis), (.opus, .opus), (.mp3, .mp3),
  ]

  @Test(arguments: kinds)
  func `a file of any kind is read as it comes`(_ container: Container, _ coding: Coding) throws {
    guard SoundFileWriter.canWrite(container, coding, rate: SoundBytes.rate) else { return }
    let whole = try sound.bytes(container, coding)
    let expected = try sound.read(whole).frames
    let got = try read(whole)
    #expect((got.frames, got.events) == (expected, []))
    #expect(got.file.isPipe)
  }

  @Test(arguments: kinds.filter { $0.1 != .imaAdpcm && $0.1 != .mp3 })
  func `a pipe that ends too early says so`(_ container: Container, _ coding: Coding) throws {
    let whole = try sound.bytes(container, coding, frames: 480_000)
    let got = try read(Array(whole[..<(whole.count * 3 / 4)]))
    guard case .truncated? = got.events.first, got.events.count == 1 else {
      Issue.record("events: \(got.events)")
      return
    }
    #expect(got.frames > 200_000 && got.frames < 400_000)
  }

  @Test(arguments: [Container.ogg, .opus, .mp3, .wav])
  func `joined files are read to the end of the last`(_ container: Container) throws {
    let codings: [Container: Coding] = [.ogg: .vorbis, .opus: .opus, .mp3: .mp3]
    let coding = codings[container] ?? .s16
    guard SoundFileWriter.canWrite(container, coding, rate: SoundBytes.rate) else { return }
    let got = try read(sound.bytes(container, coding) + sound.bytes(container, coding, frames: 16_000))
    #expect((got.frames, got.events) == (48_000, []))
  }

  @Test func `a header that says too little is told, and the rest is read`() throws {
    for container in [Container.wav, .au] {
      let whole = try sound.bytes(container, .s16)
      let place = container == .wav ? whole.place(of: "data") + 4 : 8
      let stale = whole.replacing(4, at: place, with: 8000, bigEndian: container == .au)
      let got = try read(stale)
      #expect((got.frames, got.events) == (32_000, [.exceeded(statedFrames: 4000, foundFrames: nil)]), "\(container)")
    }
  }

  @Test func `a pipe has no length unless its header says it`() throws {
    let whole = try sound.bytes(.wav, .s16)
    #expect(try read(whole).file.length == .exact(frames: 32_000))
    #expect(try read(whole.replacing(4, at: 40, with: 0xFFFF_FFFF)).file.length == .unknown)
    #expect(try read([UInt8](repeating: 0, count: 640), raw: .standard).file.length == .unknown)
  }

  @Test func `a kind that libsndfile has to seek in is read once it has ended`() throws {
    // A matrix with the rate of 16 kHz, then one with 1000 samples of 16 bits: MATLAB 4.
    func numbers(_ values: [Int32]) -> [UInt8] { values.flatMap { $0.littleEndianBytes } }
    let rate = numbers([0, 1, 1, 0, 11]) + Array("samplerate\0".utf8) + 16_000.0.bitPattern.littleEndianBytes
    let samples = numbers([30, 1, 1000, 0, 9]) + Array("wavedata\0".utf8) + [UInt8](repeating: 1, count: 2000)
    let got = try read(rate + samples)
    #expect((got.frames, got.events) == (1000, []))
  }

  @Test func `samples without a header are refused before the pipe ends`() throws {
    let path = sound.files.path()
    #expect(mkfifo(path, 0o600) == 0)
    let isOver = Atomic<Bool>(false)
    let writer = TestThread {
      let descriptor = open(path, O_RDWR)
      var piece = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
      while !isOver.load(ordering: .acquiring) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        write(descriptor, &piece, piece.count)
        usleep(1000)
      }
      close(descriptor)
    }
    #expect(throws: CaptureError.self) { try AudioFile(path: path) }
    isOver.store(true, ordering: .releasing)
    writer.join()
  }

  // MARK: Live

  /// Waits until `source` has given out so many frames, or has ended.
  private func take(
    _ frames: Int, of source: PipeThread, woken: Flag
  ) -> (frames: Int, hasEnded: Bool, events: [CaptureEvent]) {
    var buffer = [UInt8](repeating: 0, count: 640)
    var found = 0
    var events: [CaptureEvent] = []
    while found < frames {
      switch buffer.withUnsafeMutableBytes({ source.next(into: $0) }) {
      case .audio(let bytes): found += bytes / source.format.frameBytes
      case .event(let event): events.append(event)
      case .nothingYet: woken.wait()
      case .end: return (found, true, events)
      }
    }
    return (found, false, events)
  }

  /// Set by the thread that reads the pipe.
  private final class Flag: Sendable {
    private let isSet = Atomic<Bool>(false)
    func set() { isSet.store(true, ordering: .releasing) }
    func wait() { while !isSet.exchange(false, ordering: .acquiring) { usleep(1000) } }
  }

  @Test func `sound is there before the recorder ends, and what was recorded when it is stopped`() throws {
    let path = sound.files.path()
    #expect(mkfifo(path, 0o600) == 0)
    let header = Array(try sound.bytes(.wav, .s16)[..<44]).replacing(4, at: 40, with: 0x8000_0000)
    let sent = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
    let writer = TestThread {
      signal(SIGPIPE, SIG_IGN)
      let descriptor = open(path, O_WRONLY)
      write(descriptor, header, header.count)
      let piece = [UInt8](repeating: 1, count: 3200)
      while !isOver.load(ordering: .acquiring), write(descriptor, piece, piece.count) == piece.count {
        sent.add(1600, ordering: .relaxed)
        usleep(20_000)
      }
      close(descriptor)
    }
    let woken = Flag()
    let source = try PipeThread(AudioFile(path: path) { $0 }) { woken.set() }
    let live = take(8000, of: source, woken: woken)
    #expect((live.frames, live.hasEnded) == (8000, false))
    isOver.store(true, ordering: .releasing)
    source.stop()
    let rest = take(.max, of: source, woken: woken)
    writer.join()
    #expect(rest.hasEnded && rest.events == [])
    #expect(live.frames + rest.frames == sent.load(ordering: .relaxed))
  }

  @Test func `a recorder that does not stop is left after a moment`() throws {
    let path = sound.files.path()
    #expect(mkfifo(path, 0o600) == 0)
    let isOver = Atomic<Bool>(false)
    let writer = TestThread {
      let descriptor = open(path, O_RDWR)
      let piece = [UInt8](repeating: 1, count: 320)
      write(descriptor, piece, piece.count)
      while !isOver.load(ordering: .acquiring) { usleep(1000) }
      close(descriptor)
    }
    let woken = Flag()
    let source = try PipeThread(AudioFile(path: path, raw: .standard) { $0 }) { woken.set() }
    source.stop()
    let all = take(.max, of: source, woken: woken)
    #expect((all.frames, all.hasEnded, all.events) == (160, true, []))
    isOver.store(true, ordering: .releasing)
    writer.join()
  }
}
