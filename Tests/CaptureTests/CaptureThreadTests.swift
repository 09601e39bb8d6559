import Audio
internal import Glibc
import Support
import Testing

@testable import Capture

private let speech = AudioFormat.standard
private let native = DeviceFormat(sampleRate: 16_000, channels: 1, encoding: .s16)

private var monotonicNow: Duration {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

@Suite(.enabled(if: SimulatedMicrophone.isAvailable, Comment(rawValue: SimulatedMicrophone.requirement)))
struct CaptureThreadTests {
  private let files = TestFiles()

  /// Frames that carry their own number, so that what is missing can be counted.
  private func numbers(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }

  private func numbered(_ fault: SimulatedMicrophone.Fault? = nil) throws -> SimulatedMicrophone {
    let path = try files.path(containing: numbers(65_536))
    return SimulatedMicrophone(sampleRate: 16_000, channels: 1, sound: .file(path, loops: true), fault: fault)
  }

  /// Where the numbers of a recording jump: the frame at which they do, and by how much.
  private func jumps(_ bytes: [UInt8]) -> [(position: Int, frames: Int)] {
    let numbers = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
    return numbers.indices.dropFirst().compactMap { index in
      let missing = (numbers[index] - numbers[index - 1] - 1 + 65_536) % 65_536
      return missing == 0 ? nil : (index, missing)
    }
  }

  // MARK: Sound

  private static let natives: [(String, SampleEncoding, Int, Int)] = [
    ("S16_LE", .s16le, 16_000, 1), ("S16_LE", .s16le, 48_000, 2), ("S24_3LE", .s24le, 44_100, 1),
    ("S32_LE", .s32le, 48_000, 1), ("FLOAT_LE", .f32le, 8_000, 2), ("U8", .u8, 16_000, 1),
  ]

  @Test(arguments: natives, Seed.fresh)
  func `what a device hears in the wanted format arrives byte for byte`(
    _ native: (name: String, encoding: SampleEncoding, rate: Int, channels: Int), _ seed: Seed
  ) async throws {
    let (name, encoding, rate, channels) = native
    let format = AudioFormat(sampleRate: rate, channels: channels, encoding: encoding)
    var random = seed.random
    // Bytes of small floats too: none is a NaN that copying may change.
    let sound = (0..<(rate * format.frameBytes / 2)).map { _ in UInt8.random(in: 0...62, using: &random) }
    let microphone = SimulatedMicrophone(
      sampleRate: rate, channels: channels, format: name,
      sound: .file(try files.path(containing: sound), loops: false))
    let recording = try Recording(microphone.deviceName, format)
    try await recording.take(frames: rate / 2)
    try await recording.finish()
    #expect(Array(recording.bytes.prefix(sound.count)) == sound)
    let device = try #require(DeviceEncoding(rawValue: name))
    #expect(recording.told == [.started(DeviceFormat(sampleRate: rate, channels: channels, encoding: device))])
  }

  @Test(arguments: [("S16_LE", 48_000, 2), ("S32_LE", 44_100, 1), ("FLOAT_LE", 96_000, 4), ("S16_LE", 8_000, 1)])
  func `what a device hears in another format is converted`(_ name: String, _ rate: Int, _ channels: Int) async throws {
    let microphone = SimulatedMicrophone(
      sampleRate: rate, channels: channels, format: name, sound: .tone(hertz: 440, amplitude: 0.5))
    let recording = try Recording(microphone.deviceName, speech)
    try await recording.take(frames: 12_000)
    try await recording.finish()
    let middle = Array(recording.samples[2000..<11_000])
    #expect(abs(SoundMeasure.hertz(middle, rate: 16_000) - 440) < 0.1)
    #expect(abs(SoundMeasure.rms(middle) - 0.5 / 2.0.squareRoot()) < 0.002)
  }

  @Test func `a plug device's own conversions are not used`() async throws {
    let microphone = SimulatedMicrophone(sound: .tone(hertz: 440, amplitude: 0.5))
    let recording = try Recording(microphone.convertedName, speech)
    try await recording.take(frames: 1600)
    #expect(recording.told.first == .started(DeviceFormat(sampleRate: 48_000, channels: 2, encoding: .s16)))
  }

  @Test func `a format nobody here decodes is left to plug, and without it refused by name`() async throws {
    let microphone = SimulatedMicrophone(sampleRate: 16_000, channels: 1, format: "S16_BE")
    let device = try microphone.deviceName
    #expect(throws: CaptureError.noUsableFormat(device: device, offered: ["S16_BE"])) {
      try Recording(device, speech)
    }
    let recording = try Recording(microphone.convertedName, speech)
    try await recording.take(frames: 1600)
  }

  @Test func `a simulated microphone says when its first frame was heard`() async throws {
    var microphone = try numbered()
    microphone.startedFile = files.path()
    let before = monotonicNow
    let recording = try Recording(microphone.deviceName, speech)
    try await recording.take(frames: 160)
    let said = try #require(TextFile.read(microphone.startedFile).flatMap { Int64($0.filter(\.isNumber)) })
    #expect(before <= .nanoseconds(said))
    // So much had been heard by now, no less.
    #expect(monotonicNow - .nanoseconds(said) >= .milliseconds(10))
  }

  @Test func `two microphones are recorded at once`() async throws {
    let low = SimulatedMicrophone(sound: .tone(hertz: 300, amplitude: 0.25))
    let high = SimulatedMicrophone(sampleRate: 16_000, channels: 1, sound: .tone(hertz: 700, amplitude: 0.5))
    let first = try Recording(low.deviceName, speech)
    let second = try Recording(high.deviceName, speech)
    try await first.take(frames: 12_000)
    try await second.take(frames: 12_000)
    #expect(abs(SoundMeasure.hertz(Array(first.samples[2000..<11_000]), rate: 16_000) - 300) < 0.1)
    #expect(abs(SoundMeasure.hertz(Array(second.samples[2000..<11_000]), rate: 16_000) - 700) < 0.1)
  }

  @Test func `a reader that is too slow is told what it has missed`() async throws {
    var options = CaptureOptions.patient
    options.ringBuffer = .milliseconds(100)
    let recording = try Recording(numbered().deviceName, speech, options)
    try await recording.take(frames: 1)
    try await Task.sleep(for: .milliseconds(500))
    try await recording.take(until: {
      guard let last = $0.events.last, case .dropped = last.event else { return false }
      return $0.frames > last.position
    })
    let dropped = recording.events.compactMap { told -> (position: Int, frames: Int)? in
      if case .dropped(let frames) = told.event { (told.position, frames) } else { nil }
    }
    let first = try #require(dropped.first)
    let jump = try #require(jumps(recording.bytes).first { $0.position == first.position }, "\(recording.events)")
    // A machine that stands still for a second has an overrun at the same place.
    #expect(recording.told.count > 2 ? jump.frames >= first.frames : jump.frames == first.frames, "\(recording.events)")
  }

  @Test func `a recording nobody holds any more ends`() async throws {
    let microphone = try numbered()
    weak var gone: CaptureThread?
    do {
      let recording = try Recording(microphone.deviceName, speech)
      gone = recording.thread
      try await recording.take(frames: 160)
    }
    #expect(gone == nil)
  }

  // MARK: Faults

  @Test func `an overrun is told at its place with what it lost, and recording goes on`() async throws {
    let recording = try Recording(numbered(.init(.overrun, afterFrames: 8000)).deviceName, speech)
    try await recording.take(frames: 16_000)
    let jump = try #require(jumps(recording.bytes).first)
    let overrun = try #require(recording.events.dropFirst().first)
    guard case .overrun(let lost) = overrun.event else {
      Issue.record("told: \(recording.told)")
      return
    }
    #expect(overrun.position == jump.position)
    // Estimated from the clock, to within two periods.
    #expect(abs(lost - jump.frames) <= 640, "told \(lost), missing \(jump.frames)")
  }

  @Test func `overruns again and again are each told`() async throws {
    let fault = SimulatedMicrophone.Fault(.overrun, afterFrames: 3200, repeats: true)
    let recording = try Recording(numbered(fault).deviceName, speech)
    try await recording.take(until: { $0.told.count >= 5 })
    #expect(jumps(recording.bytes).count >= 3)
    #expect(recording.told.filter { if case .overrun = $0 { true } else { false } }.count >= 3, "\(recording.told)")
  }

  @Test func `a suspended device is resumed`() async throws {
    let recording = try Recording(numbered(.init(.suspend, afterFrames: 8000)).deviceName, speech)
    try await recording.take(frames: 16_000)
    guard case .suspended? = recording.told.dropFirst().first, recording.told.count == 2 else {
      Issue.record("told: \(recording.told)")
      return
    }
  }

  @Test func `audio that goes missing without an error is a gap`() async throws {
    let fault = SimulatedMicrophone.Fault(.stall, afterFrames: 24_000, milliseconds: 400)
    let recording = try Recording(numbered(fault).deviceName, speech)
    try await recording.take(until: { $0.told.count > 1 })
    guard case .gap(let lost)? = recording.told.last else {
      Issue.record("told: \(recording.told)")
      return
    }
    #expect(abs(lost - 6400) < 1600, "400 ms at 16 kHz, told \(lost)")
  }

  private func isLost(_ event: CaptureEvent, _ code: Int32? = nil) -> Bool {
    switch event {
    case .lost(.deviceGone(_, let failure)): code == nil || failure.code == Int(code ?? 0)
    case .lost(.deviceStalled): code == nil
    default: false
    }
  }

  private func isBack(_ event: CaptureEvent) -> Bool {
    if case .back(native, let lost) = event { lost > 0 } else { false }
  }

  @Test func `a device that is unplugged is lost, and back when it is plugged in`() async throws {
    let microphone = try numbered()
    let recording = try Recording(microphone.deviceName, speech)
    try await recording.take(frames: 8000)
    try microphone.unplug()
    try await recording.take(until: { $0.told.count > 1 })
    #expect(isLost(recording.told[1], ENODEV))
    let before = recording.frames
    try microphone.plugIn()
    try await recording.take(until: { $0.frames > before + 3200 })
    #expect(recording.told.count == 3 && isBack(recording.told[2]), "told: \(recording.told)")
    #expect(recording.events[2].position == before)
  }

  @Test(arguments: [
    SimulatedMicrophone.Fault(.unplug, afterFrames: 4800, milliseconds: 500), .init(.readError, afterFrames: 4800),
  ])
  func `a device that fails is opened again by itself`(_ fault: SimulatedMicrophone.Fault) async throws {
    let recording = try Recording(numbered(fault).deviceName, speech)
    try await recording.take(until: { $0.told.count > 2 })
    #expect(isLost(recording.told[1], fault.kind == .unplug ? ENODEV : EIO), "told: \(recording.told)")
    #expect(isBack(recording.told[2]), "told: \(recording.told)")
  }

  @Test func `a device that goes silent for good is lost`() async throws {
    var options = CaptureOptions.patient
    options.stallAfter = .milliseconds(300)
    let recording = try Recording(numbered(.init(.stall, afterFrames: 4800)).deviceName, speech, options)
    try await recording.take(until: { $0.told.count > 2 })
    #expect(isLost(recording.told[1]) && isBack(recording.told[2]), "told: \(recording.told)")
  }

  @Test(arguments: [SimulatedMicrophone.FaultKind.unplug, .readError, .stall])
  func `where nothing may be opened again, the recording fails with the reason`(
    _ kind: SimulatedMicrophone.FaultKind
  ) async throws {
    var options = CaptureOptions.patient
    options.reopens = false
    options.stallAfter = .milliseconds(300)
    let recording = try Recording(numbered(.init(kind, afterFrames: 4800)).deviceName, speech, options)
    try await recording.take(until: { $0.isOver })
    #expect(recording.frames > 3000)
    guard case .failed(let error)? = recording.told.last, recording.told.count == 2 else {
      Issue.record("told: \(recording.told)")
      return
    }
    switch error {
    case .deviceGone: #expect(kind != .stall)
    case .deviceStalled: #expect(kind == .stall)
    default: Issue.record("\(error)")
    }
  }

  @Test func `stopping while the device is away does not wait for it`() async throws {
    let microphone = try numbered()
    let recording = try Recording(microphone.deviceName, speech)
    try await recording.take(frames: 1600)
    try microphone.unplug()
    try await recording.take(until: { $0.told.count > 1 })
    try await recording.finish()
    #expect(recording.isOver)
  }

  // MARK: Opening

  @Test(arguments: [ENOENT, ENODEV, EBUSY, EACCES, ECONNREFUSED])
  func `why a device can't be opened is told apart`(_ code: Int32) throws {
    let device = try SimulatedMicrophone(openErrno: code).deviceName
    let error = #expect(throws: CaptureError.self) { try Recording(device, speech) }
    let failure: CallFailure
    switch try #require(error) {
    case .noSuchDevice(device, let told) where code == ENOENT || code == ENODEV: failure = told
    case .deviceBusy(device, let told) where code == EBUSY: failure = told
    case .deviceNotPermitted(device, let told) where code == EACCES: failure = told
    case .deviceRefused(device, let told) where code == ECONNREFUSED: failure = told
    default:
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.call == "snd_pcm_open" && failure.code == Int(code))
  }

  @Test func `an unknown name is refused in libasound's words`() throws {
    _ = try SimulatedMicrophone().deviceName
    let error = #expect(throws: CaptureError.self) { try Recording("nosuchmicrophone", speech) }
    #expect(error?.description.contains("Unknown PCM nosuchmicrophone") == true, "\(String(describing: error))")
  }

  @Test func `the devices listed are those that open, with what they have, the default first`() throws {
    _ = try SimulatedMicrophone().deviceName
    let (devices, refused) = CaptureDevice.list()
    #expect(
      devices.first
        == CaptureDevice(
          name: "default", description: "Default microphone", isDefault: true, sampleRates: [48_000], channels: 2...2,
          formats: ["S16_LE"]))
    #expect(
      devices.contains(
        CaptureDevice(
          name: "desk", description: "A microphone on the desk", isDefault: false, sampleRates: [44_100],
          channels: 1...1, formats: ["S16_LE"])))
    #expect(refused.contains { if case .deviceBusy("busy", _) = $0 { true } else { false } })
    #expect(!devices.contains { ["null", "jack", "oss", "upmix"].contains($0.name) })
  }

  @Test func `of the rates a device has, those that can be sent are listed`() {
    #expect(CaptureDevice.rates(in: 1...384_000) { $0 < 20_000 } == [8_000, 11_025, 16_000, 384_000])
    #expect(CaptureDevice.rates(in: 12_345...48_000) { $0 == 48_000 } == [12_345, 48_000])
    #expect(CaptureDevice.rates(in: 4_000...4_000) { _ in true } == [4_000])
  }

  @Test func `a device that starts slowly is recorded, and that it is waited for is told`() async throws {
    var microphone = try numbered()
    microphone.startupMilliseconds = 700
    var options = CaptureOptions.patient
    options.stallAfter = .milliseconds(300)
    let recording = try Recording(microphone.deviceName, speech, options)
    try await recording.take(frames: 3200)
    #expect(recording.told.contains(.slow(after: .milliseconds(300), patience: .seconds(10))), "\(recording.told)")
    #expect(!recording.told.contains { isLost($0) }, "\(recording.told)")
  }

  @Test func `a device that is not there yet is recorded when it is`() async throws {
    let microphone = try numbered()
    try microphone.unplug()
    var options = CaptureOptions.patient
    #expect(throws: CaptureError.self) { try Recording(microphone.deviceName, speech, options) }
    options.awaitsDevice = true
    let recording = try Recording(microphone.deviceName, speech, options)
    try await recording.take(until: { !$0.told.isEmpty })
    guard case .absent(.noSuchDevice) = recording.told[0] else {
      Issue.record("\(recording.told)")
      return
    }
    try microphone.plugIn()
    try await recording.take(frames: 3200)
    guard case .started = recording.told.last, recording.told.count == 2 else {
      Issue.record("\(recording.told)")
      return
    }
  }

  @Test func `a clock that runs slowly is told, and is no gap`() async throws {
    var microphone = SimulatedMicrophone(channels: 1, sound: .tone(hertz: 300, amplitude: 0.1))
    microphone.clockSpeed = 0.97
    let recording = try Recording(microphone.deviceName, speech)
    try await recording.take(until: { $0.told.contains { if case .clock = $0 { true } else { false } } })
    guard case .clock(let error) = recording.told.last, recording.told.count == 2 else {
      Issue.record("\(recording.told)")
      return
    }
    #expect(abs(error + 0.03) < 0.01, "\(error)")
  }

  @Test func `one channel of many is recorded as it is, and the levels of all are told when they are mixed`()
    async throws
  {
    let array = SimulatedMicrophone(sampleRate: 16_000, channels: 6, sound: .tone(hertz: 440, amplitude: 0.5))
    var microphone = array
    microphone.gains = [1, 0, 0, 0.5, -1, 0]
    var options = CaptureOptions.patient
    options.channels = [3]
    let half = try Recording(microphone.deviceName, speech, options)
    try await half.take(frames: 8000)
    #expect(abs(SoundMeasure.rms(half.samples.suffix(4000)) - 0.25 / 2.0.squareRoot()) < 0.002)
    options.channels = [6]
    #expect(throws: CaptureError.noSuchChannel(device: try microphone.deviceName, channel: 7, channels: 6)) {
      try Recording(microphone.deviceName, speech, options)
    }
    let mixed = try Recording(microphone.deviceName, speech)
    try await mixed.take(until: { $0.told.count > 1 })
    guard case .channels(let levels) = mixed.told[1] else {
      Issue.record("\(mixed.told)")
      return
    }
    #expect(levels.silent == [1, 2, 5])
    #expect(levels.canceling == .init(left: 0, right: 4))
  }

  @Test func `what the configuration hints at is sifted`() {
    let hints = ["null", "hw:CARD=A,DEV=0", "plughw:CARD=A,DEV=0", "surround51:CARD=A", "mine", "upmix", "mine"]
    let kept = CaptureDevice.candidates(hints.map { ($0, "Line one\nline two") })
    #expect(kept.map(\.name) == ["default", "hw:CARD=A,DEV=0", "mine"])
    #expect(kept.last?.description == "Line one, line two")
  }
}
