import Audio
import Capture
import Testing

@testable import SpeechClient

/// Audio with known bytes (1, 2, 3 …) and events in between.
private final class ScriptedSource: AudioSource {
  let format: AudioFormat
  var items: [SourceItem]
  /// More may arrive after the last item.
  var isLive = false
  private var byte: UInt8 = 0

  init(_ items: [SourceItem], format: AudioFormat = AudioFormat(sampleRate: 8000, channels: 1, encoding: .s16le)) {
    self.items = items
    self.format = format
  }

  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    guard let item = items.first else { return isLive ? .nothingYet : .end }
    items.removeFirst()
    guard case .audio(let wanted) = item else { return item }
    let count = min(wanted, buffer.count / format.frameBytes * format.frameBytes)
    if count < wanted { items.insert(.audio(bytes: wanted - count), at: 0) }
    for index in 0..<count {
      byte &+= 1
      buffer[index] = byte
    }
    return .audio(bytes: count)
  }
}

struct FileChunkSourceTests {
  private func chunks(of feed: some ChunkSource, at now: Duration = .seconds(100)) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    while case .chunk = feed.next(openChunks: 0, unsentBytes: 0, at: now) { chunks.append(feed.chunk) }
    return chunks
  }

  @Test func `all chunks but the last are full, however the audio arrives, and events are reported`() {
    let source = ScriptedSource([
      .audio(bytes: 6), .audio(bytes: 2), .event(.truncated(promisedFrames: 20, foundFrames: 13)), .audio(bytes: 18),
      .end,
    ])
    let feed = FileChunkSource(source, speed: .fast, chunkFrames: 5)
    var events: [CaptureEvent] = []
    var seconds = 0.0
    feed.onEvent = { events.append($0) }
    feed.onLevels = { seconds += $1 }
    let all = chunks(of: feed)
    #expect(all.map(\.count) == [10, 10, 6])
    #expect(all.joined().elementsEqual((1...26).map { UInt8($0) }))
    #expect(events == [.truncated(promisedFrames: 20, foundFrames: 13)])
    #expect((seconds - 13.0 / 8000).magnitude < 1e-12)
    #expect(feed.position == 13.0 / 8000)
    guard case .end = feed.next(openChunks: 0, unsentBytes: 0, at: .zero) else {
      Issue.record("the feed does not end")
      return
    }
  }

  @Test func `a duration cuts the audio to the frame`() {
    let feed = FileChunkSource(
      ScriptedSource([.audio(bytes: 100), .end]), speed: .fast, chunkFrames: 4, duration: .seconds(6.0 / 8000))
    #expect(chunks(of: feed).map(\.count) == [8, 4])
  }

  @Test func `a stopped source gives no more chunks, and a full network holds it`() {
    let feed = FileChunkSource(ScriptedSource([.audio(bytes: 100), .end]), speed: .fast, chunkFrames: 4)
    guard case .later = feed.next(openChunks: Pacer.openChunks, unsentBytes: 0, at: .zero) else {
      Issue.record("it was not held")
      return
    }
    feed.stop()
    #expect(chunks(of: feed).isEmpty)
  }
}

struct PipeChunkSourceTests {
  private func feed(_ items: [SourceItem], stopped: @escaping () -> Void = {}) -> (FileChunkSource, ScriptedSource) {
    let source = ScriptedSource(items)
    source.isLive = true
    return (FileChunkSource(source, speed: .fast, chunkFrames: 4, stopPipe: stopped), source)
  }

  private func take(_ feed: FileChunkSource, at now: Duration = .zero) -> [Int] {
    var sizes: [Int] = []
    while feed.isRecording(at: now), case .chunk = feed.next(openChunks: 0, unsentBytes: 0, at: now) {
      sizes.append(feed.chunk.count)
    }
    return sizes
  }

  @Test func `whole chunks are taken in as they come, and the rest at the end`() {
    let (feed, source) = feed([.audio(bytes: 20)])
    #expect(take(feed) == [8, 8])
    guard case .later = feed.next(openChunks: 0, unsentBytes: 0, at: .zero) else {
      Issue.record("half a chunk was given out")
      return
    }
    source.items = [.audio(bytes: 2), .end]
    #expect(take(feed) == [6])
  }

  @Test func `what comes faster than time waits, unless it is the end`() {
    let (feed, _) = feed([.audio(bytes: 8000 * 2 * 60)])
    let ahead = take(feed).reduce(0, +)
    #expect(ahead == 8000 * 2 * 5)
    #expect(take(feed, at: .seconds(3)).reduce(0, +) == 8000 * 2 * 3)
    #expect(!feed.isRecording(at: .seconds(3)))
    feed.stop()
    #expect(take(feed, at: .seconds(3)).reduce(0, +) == 8000 * 2 * 52)
  }

  @Test func `a stopped pipe is ended once and gives out what it still has`() {
    var stops = 0
    let (feed, source) = feed([.audio(bytes: 8)], stopped: { stops += 1 })
    feed.stop()
    source.items.append(.end)
    #expect(take(feed) == [8])
    #expect(stops == 1)
  }
}

struct MicrophoneChunkSourceTests {
  private func feed(_ items: [SourceItem], duration: Duration? = nil, stopped: @escaping () -> Void = {})
    -> (MicrophoneChunkSource, ScriptedSource)
  {
    let source = ScriptedSource(items)
    source.isLive = true
    return (MicrophoneChunkSource(source, chunkFrames: 4, duration: duration, stopSource: stopped), source)
  }

  private func take(_ feed: MicrophoneChunkSource) -> [Int] {
    var sizes: [Int] = []
    while case .chunk = feed.next(openChunks: 0, unsentBytes: 0, at: .zero) { sizes.append(feed.chunk.count) }
    return sizes
  }

  @Test func `while it is paused nothing is sent, and the recording does not grow`() {
    let (feed, source) = feed([.audio(bytes: 10), .nothingYet])
    #expect(take(feed) == [8])
    feed.isPaused = true
    #expect(take(feed) == [2])
    var levels = 0
    feed.onLevels = { _, _ in levels += 1 }
    source.items = [.audio(bytes: 20), .event(.overrun(lostFrames: 3)), .nothingYet]
    #expect(take(feed) == [])
    #expect(levels == 1)
    #expect(feed.position == feed.format.seconds(frames: 5))
    feed.isPaused = false
    source.items = [.audio(bytes: 8), .end]
    #expect(take(feed) == [8])
    #expect(feed.position == feed.format.seconds(frames: 9))
  }

  @Test func `whole chunks are given out at once, the rest when the recording ends`() {
    let (feed, source) = feed([.audio(bytes: 20), .nothingYet])
    #expect(take(feed) == [8, 8])
    guard case .later = feed.next(openChunks: 0, unsentBytes: 0, at: .zero) else {
      Issue.record("a microphone that has nothing yet is not over")
      return
    }
    source.items = [.event(.overrun(lostFrames: 3)), .audio(bytes: 2), .end]
    var events: [CaptureEvent] = []
    feed.onEvent = { events.append($0) }
    #expect(take(feed) == [4])
    #expect(events == [.overrun(lostFrames: 3)])
    #expect(feed.position == feed.format.seconds(frames: 13))
    #expect(take(feed) == [2])
    guard case .end = feed.next(openChunks: 0, unsentBytes: 0, at: .zero) else {
      Issue.record("the feed does not end")
      return
    }
  }

  @Test func `a duration ends the recording at its frame and stops the device once`() {
    var stops = 0
    let (feed, _) = feed(
      [.audio(bytes: 100), .nothingYet], duration: .seconds(6.0 / 8000), stopped: { stops += 1 })
    #expect(take(feed) == [8, 4])
    #expect(stops == 1)
    #expect(feed.position == 6.0 / 8000)
  }

  @Test func `all audio is given out, however much was recorded at once`() {
    let (feed, _) = feed([.audio(bytes: 8000 * 2 * 12), .nothingYet])
    #expect(take(feed).reduce(0, +) == 8000 * 2 * 12)
    #expect(feed.position == 12)
  }
}

struct RecordingLogTests {
  @Test func `events are counted, reported and summed up`() {
    var log = RecordingLog(sampleRate: 1000)
    let device = DeviceFormat(sampleRate: 48_000, channels: 2, encoding: .s16)
    #expect(log.take(.started(device)) == nil)
    #expect(log.troubles.isEmpty)
    #expect(log.take(.overrun(lostFrames: 250)) == "overrun: the buffer of the device was full; 0.250 s lost")
    #expect(log.take(.gap(lostFrames: 0)) == "gap: the device delivered less audio than time has passed")
    #expect(log.take(.dropped(frames: 60)) != nil)
    #expect(log.take(.suspended(lostFrames: 0)) != nil)
    #expect(log.troubles == ["2 overruns", "1 gap", "1 suspend", "0.31 s lost"])
    let gone = CaptureError.deviceGone(
      device: "d", CallFailure(call: "snd_pcm_readi", code: 19, reason: "No such device"))
    #expect(log.take(.lost(gone))?.hasSuffix("waiting for the device") == true)
    #expect(log.troubles.first == "device lost")
    #expect(log.take(.back(device, lostFrames: 1000))?.contains("is back") == true)
    #expect(log.troubles.contains("device lost once"))
    #expect(log.take(.failed(gone)) == nil)
    #expect(log.failure == gone)
    #expect(log.take(.exceeded(statedFrames: 4, foundFrames: 9))?.contains("all are sent") == true)
    #expect(!log.isTruncated)
    #expect(log.take(.truncated(promisedFrames: nil, foundFrames: 9))?.hasPrefix("truncated") == true)
    #expect(log.isTruncated)
  }

  @Test func `a clock that is off is reported once and shown as it is`() {
    var log = RecordingLog(sampleRate: 1000)
    #expect(log.take(.clock(error: -0.0079)) == "the device's clock runs 0.8 % slow; no audio is lost by that")
    #expect(log.take(.clock(error: -0.0092)) == nil)
    #expect(log.troubles == ["clock −0.9 %"])
    #expect(log.take(.clock(error: 0.01)) == nil)
    #expect(log.troubles == ["clock +1.0 %"])
  }

  @Test func `a device that is awaited is reported, and when it is there`() {
    var log = RecordingLog(sampleRate: 1000)
    let absent = CaptureError.noSuchDevice(
      device: "d", CallFailure(call: "snd_pcm_open", code: 19, reason: "No such device"))
    #expect(log.take(.absent(absent))?.hasSuffix("waiting until it is there") == true)
    #expect(log.troubles == ["no device"])
    let device = DeviceFormat(sampleRate: 48_000, channels: 2, encoding: .s16)
    #expect(log.take(.started(device)) == "the device is there (48000 Hz, 2 ch, S16_LE)")
    #expect(log.troubles == [])
    #expect(
      log.take(.slow(after: .seconds(2), patience: .seconds(10)))
        == "no audio from the device for 2.0 s; waiting up to 10.0 s for the first")
  }

  @Test func `the levels of channels are told with what helps`() {
    var log = RecordingLog(sampleRate: 1000)
    #expect(
      log.take(.channels(ChannelLevels(rms: [0.354, 0.177])))
        == "levels of the device's channels: -9.0, -15.0 dBFS")
    #expect(
      log.take(.channels(ChannelLevels(rms: [0, 0.5, 0])))
        == "levels of the device's channels: silent, -6.0, silent dBFS; 1, 3 have no sound and make the mix quieter: "
        + "send one with --channel 2")
    let canceling = ChannelLevels(rms: [0.5, 0.5], canceling: .init(left: 0, right: 1))
    #expect(
      log.take(.channels(canceling))?.hasSuffix(
        "; 1 and 2 cancel each other when they are mixed: send one with --channel 1") == true)
  }
}

struct SilenceWatchTests {
  private let zeros = Levels(samples: 320, sumOfSquares: 0, peak: 0, clipped: 0)
  private let noise = Levels(samples: 320, sumOfSquares: 1e-6, peak: 0.0001, clipped: 0)

  @Test func `three seconds of zeros are reported once, and again after sound`() {
    var watch = SilenceWatch()
    func reports(_ levels: Levels, _ count: Int) -> [Int] {
      (1...count).filter { _ in watch.take(levels, seconds: 0.5) == "only silence: is the microphone muted?" }
    }
    #expect(reports(zeros, 20) == [6])
    #expect(watch.isOnlySilence)
    #expect(reports(noise, 20) == [])
    #expect(!watch.isOnlySilence)
    #expect(reports(zeros, 5) + reports(noise, 1) + reports(zeros, 5) == [])
    #expect(reports(zeros, 1) == [1])
  }
}
