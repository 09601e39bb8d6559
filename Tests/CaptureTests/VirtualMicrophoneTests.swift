import Audio
import Support
import Testing

@testable import Capture

@Suite(.enabled(if: VirtualMicrophone.isAvailable, Comment(rawValue: VirtualMicrophone.requirement)))
struct VirtualMicrophoneTests {
  private let files = TestFiles()

  @Test func `a tone played into a sound server arrives with its frequency and level`() async throws {
    let path = files.path()
    try SoundFileWriter.write(
      SoundMeasure.sine(440, amplitude: 0.5, rate: 48_000, frames: 4 * 48_000), to: path, .wav, .s16, rate: 48_000)
    let microphone = try VirtualMicrophone()
    let recording = try Recording(microphone.deviceName, .standard)
    let player = TestThread { try? microphone.play(path) }
    defer { player.join() }
    // Two seconds from the first sound on.
    try await recording.take(until: { $0.samples.drop { abs($0) < 0.1 }.count > 32_000 })
    let heard = Array(recording.samples.drop { abs($0) < 0.1 })
    // Quarters of a second: on a busy machine the server may skip in one of them.
    let windows = stride(from: 4000, to: 28_000, by: 4000).map { Array(heard[$0..<($0 + 4000)]) }
    let hertz = windows.map { SoundMeasure.hertz($0, rate: 16_000) }.sorted()
    let levels = windows.map { SoundMeasure.rms($0) }.sorted()
    #expect(abs(hertz[hertz.count / 2] - 440) < 0.5, "\(hertz)")
    #expect(abs(levels[levels.count / 2] / (0.5 / 2.0.squareRoot()) - 1) < 0.01, "\(levels)")
    try await recording.finish()
  }

  @Test func `a sound server that is killed is lost, and back when it is started again`() async throws {
    let microphone = try VirtualMicrophone()
    let recording = try Recording(microphone.deviceName, .standard)
    try await recording.take(frames: 8000)
    try microphone.kill()
    try await recording.take(until: { $0.told.contains { if case .lost = $0 { true } else { false } } })
    try microphone.start()
    try await recording.take(until: { $0.told.contains { if case .back = $0 { true } else { false } } })
    let before = recording.frames
    try await recording.take(frames: before + 8000)
    try await recording.finish()
  }

  @Test func `a recording is stopped at once though its sound server hangs`() async throws {
    let microphone = try VirtualMicrophone()
    var options = CaptureOptions.patient
    options.stallAfter = .milliseconds(300)
    let recording = try Recording(microphone.deviceName, .standard, options)
    try await recording.take(frames: 1600)
    try microphone.pause()
    try await recording.take(until: { $0.told.count > 1 })
    // Closing the device now waits for the server.
    try await recording.finish()
    #expect(recording.isOver)
    try microphone.resume()
  }

  @Test func `while a sound server freezes and goes on, no time passes unaccounted for`() async throws {
    let microphone = try VirtualMicrophone()
    var options = CaptureOptions.patient
    options.stallAfter = .seconds(10)
    let recording = try Recording(microphone.deviceName, .standard, options)
    try await recording.take(frames: 24_000)
    /// Frames that came or were told to be missing.
    func accounted() -> Int { recording.frames + recording.told.reduce(0) { $0 + $1.missingFrames } }
    let clock = ContinuousClock()
    let (start, before) = (clock.now, accounted())
    try microphone.pause()
    try await Task.sleep(for: .seconds(2))
    try microphone.resume()
    // The server may make up for it or not: what it doesn't must be told within a second or so.
    var elapsed = 0.0
    try await recording.take(until: { _ in
      elapsed = (clock.now - start) / .seconds(1)
      return elapsed > 4
    })
    let seconds = Double(accounted() - before) / 16_000
    #expect(abs(seconds - elapsed) < 1, "accounted for \(seconds) of \(elapsed) s: \(recording.events)")
    try await recording.finish()
  }
}
