import Contract
import Glibc
import JSON
import Support
import Testing

@Suite struct MicrophoneTests {
  /// What a recording through the real server holds, with the server's account of it.
  private struct Recording {
    var samples: [Double]
    var receipt: Receipt
    var client: Program

    /// The loudest half second as the amplitude of one frequency.
    func amplitude(of hertz: Double) -> Double {
      let window = 8_000
      return stride(from: 0, through: max(0, samples.count - window), by: window / 4).map { first in
        Tone.amplitude(of: hertz, in: Array(samples[first..<min(samples.count, first + window)]), rate: 16_000)
      }.max() ?? 0
    }
  }

  /// Records with the client and compares the receipt with what went over the wire.
  ///
  /// With `body` the recording is under way when that begins, and is ended with Ctrl-C after it.
  private func record(
    _ arguments: [String], environment: [String: String], during body: (() async throws -> Void)? = nil
  ) async throws -> Recording {
    let server = try await TestServer()
    let proxy = try RecordingProxy(to: server.port)
    let client = try Program(
      "audio-client", arguments + ["--output", "json", "--url", proxy.url], environment: environment)
    if let body {
      try await eventually("sound is sent\n\(client.standardError.text)") { !proxy.chunks().isEmpty }
      try await body()
      client.signal(SIGINT)
    }
    let end = try await client.ended()
    #expect(end == .status(0), "\(client.standardError.text)")
    guard let receipt = try JSONValue.lines(of: client).last?["receipt"].flatMap(Receipt.init) else {
      throw TestFailure("no receipt: \(client.standardOutput.text)\n\(client.standardError.text)")
    }
    let bytes = proxy.chunks().flatMap { $0 }
    #expect(receipt.bytes == bytes.count)
    #expect(receipt.sha256 == (try await Program.sha256(bytes)))
    #expect(abs(receipt.level.rms - Tone.rms(bytes.samples)) <= 1e-6 * receipt.level.rms)
    proxy.stop()
    return Recording(samples: bytes.samples, receipt: receipt, client: client)
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a tone before a simulated microphone arrives with its frequency and level`() async throws {
    let microphone = SimulatedMicrophone(
      sampleRate: 48_000, channels: 2, format: "S32_LE", sound: .tone(hertz: 1_000, amplitude: 0.25))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let recording = try await record(["mic", "--duration", "2"], environment: ["ALSA_CONFIG_PATH": configuration])
    #expect(abs(recording.receipt.duration - 2) < 0.11)
    #expect(abs(recording.amplitude(of: 1_000) - 0.25) < 0.0025)
    #expect(recording.amplitude(of: 1_500) < 0.001)
    #expect(abs(recording.receipt.level.rms - 0.25 / 2.0.squareRoot()) < 0.01)
  }

  @Test(.enabled(if: VirtualMicrophone.isAvailable, "\(VirtualMicrophone.requirement)"))
  func `a tone played into a PulseAudio microphone arrives with its frequency and level`() async throws {
    let microphone = try VirtualMicrophone()
    let folder = try TemporaryFolder()
    let tone = Tone(hertz: 440, amplitude: 0.5).samples(rate: 48_000, count: 48_000 * 4)
    let file = try folder.file("tone.wav", WaveFile.bytes(tone, rate: 48_000))
    let recording = try await record(["mic"], environment: microphone.environment) {
      try await Task.detached { try microphone.play(file) }.value
    }
    #expect(abs(recording.amplitude(of: 440) - 0.5) < 0.01)
    #expect(recording.amplitude(of: 660) < 0.005)
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `Ctrl-C ends a recording with its receipt, exit 0`() async throws {
    let microphone = SimulatedMicrophone(sound: .tone(hertz: 300, amplitude: 0.1))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let server = try await TestServer()
    let client = try Program(
      "audio-client", ["mic", "--output", "jsonl", "--url", server.url],
      environment: ["ALSA_CONFIG_PATH": configuration])
    try await eventually("something has been answered") { client.standardOutput.text.contains("transcription") }
    client.signal(SIGINT)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    guard case .summary(let receipt)? = client.standardOutput.lines.last.flatMap({ ServerMessage(parsing: $0.utf8) })
    else { throw TestFailure("no receipt: \(client.standardOutput.lines.last ?? "")") }
    #expect(receipt.processed == receipt.chunks)
    #expect(receipt.dropped == 0)
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `overruns are counted and said`() async throws {
    let microphone = SimulatedMicrophone(
      sound: .tone(hertz: 300, amplitude: 0.1), fault: .init(.overrun, afterFrames: 24_000))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let recording = try await record(["mic", "--duration", "1.5"], environment: ["ALSA_CONFIG_PATH": configuration])
    #expect(recording.client.standardError.text.contains("overrun"))
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a device that disappears is said, exit 3 with no-retry`() async throws {
    let microphone = SimulatedMicrophone(
      sound: .tone(hertz: 300, amplitude: 0.1), fault: .init(.unplug, afterFrames: 24_000))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let server = try await TestServer()
    let client = try await Program.run(
      "audio-client", ["mic", "--no-retry", "--url", server.url], environment: ["ALSA_CONFIG_PATH": configuration])
    #expect(client.end == .status(3), "\(client.standardError.text)")
    #expect(client.standardError.text.contains("default"))
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `devices lists what opens and marks the default; none is exit 3`() async throws {
    let there = try SimulatedMicrophone.configuration(of: [
      "default": SimulatedMicrophone(sampleRate: 44_100, channels: 1), "desk": SimulatedMicrophone(),
      "taken": SimulatedMicrophone(openErrno: EBUSY),
    ])
    let some = try await Program.run("audio-client", ["devices"], environment: ["ALSA_CONFIG_PATH": there])
    #expect(some.end == .status(0), "\(some.standardError.text)")
    #expect(some.standardOutput.text.contains("default"))
    #expect(some.standardOutput.text.contains("desk"))
    #expect(some.standardOutput.text.contains("44100"))
    let list = try await Program.run(
      "audio-client", ["devices", "--output", "json"], environment: ["ALSA_CONFIG_PATH": there])
    let devices = try #require(try JSONValue.lines(of: list).first?.array)
    #expect(devices.first?["name"]?.string == "default" && devices.first?["default"]?.bool == true)
    let desk = try #require(devices.first { $0["name"]?.string == "desk" })
    #expect(desk["sample_rates"]?.array == [.number(48_000)] && desk["channels"]?.array == [.number(2), .number(2)])
    #expect(!devices.contains { $0["name"]?.string == "taken" })
    let gone = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone(openErrno: ENODEV)])
    let none = try await Program.run("audio-client", ["devices"], environment: ["ALSA_CONFIG_PATH": gone])
    #expect(none.end == .status(3))
    #expect(!none.standardError.text.isEmpty)
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `the client alone takes the microphone if one opens, otherwise the recording, and says why`() async throws {
    let folder = try TemporaryFolder()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 8_000)
    let file = try folder.file("short.wav", WaveFile.bytes(samples, rate: 16_000))
    let gone = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone(openErrno: ENODEV)])
    let server = try await TestServer()
    let without = try await Program.run(
      "audio-client", ["--url", server.url], environment: ["ALSA_CONFIG_PATH": gone, "AUDIO_RECORDING": file])
    #expect(without.end == .status(0), "\(without.standardError.text)")
    #expect(without.standardError.text.contains("short.wav"))
    #expect(without.standardOutput.text.contains("mock transcription"))

    let there = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone(sound: .silence)])
    let with = try Program(
      "audio-client", ["--url", server.url], environment: ["ALSA_CONFIG_PATH": there, "AUDIO_RECORDING": file])
    try await eventually("the microphone is heard") { with.standardOutput.text.contains("mock transcription") }
    with.signal(SIGINT)
    #expect(try await with.ended() == .status(0), "\(with.standardError.text)")
    #expect(!with.standardError.text.contains("short.wav"))
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a device is found by its number or a part of its description, and one channel of it is sent`() async throws {
    var array = SimulatedMicrophone(sampleRate: 16_000, channels: 6, sound: .tone(hertz: 440, amplitude: 0.5))
    array.gains = [0, 0, 1, 0, 0, 0]
    let configuration = try SimulatedMicrophone.configuration(of: [
      "default": SimulatedMicrophone(sound: .silence), "array": array,
    ])
    let environment = ["ALSA_CONFIG_PATH": configuration]
    let list = try await Program.run("audio-client", ["devices", "--output", "json"], environment: environment)
    let devices = try #require(try JSONValue.lines(of: list).first?.array)
    let number = try #require(devices.first { $0["name"]?.string == "array" }?["number"]?.integer)
    for device in ["\(number)", "microphone ARRAY"] {
      let recording = try await record(
        ["mic", "--device", device, "--channel", "3", "--duration", "1"], environment: environment)
      #expect(abs(recording.receipt.level.rms - 0.5 / 2.0.squareRoot()) < 0.01)
      #expect(recording.client.standardError.text.contains("device: array\n"))
    }
    let mixed = try await record(["mic", "--device", "array", "--duration", "3"], environment: environment)
    #expect(mixed.client.standardError.text.contains("send one with --channel 3"))
    let server = try await TestServer()
    let none = try await Program.run(
      "audio-client", ["mic", "--device", "array", "--channel", "7", "--url", server.url], environment: environment)
    #expect(none.end == .status(3))
    #expect(none.standardError.text.contains("channel: expected at most 6"), "\(none.standardError.text)")
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a microphone that is plugged in later is waited for, and not with no-retry`() async throws {
    let microphone = SimulatedMicrophone(sound: .tone(hertz: 300, amplitude: 0.1))
    try microphone.unplug()
    let environment = ["ALSA_CONFIG_PATH": try SimulatedMicrophone.configuration(of: ["default": microphone])]
    let server = try await TestServer()
    let hasty = try await Program.run(
      "audio-client", ["mic", "--no-retry", "--url", server.url], environment: environment)
    #expect(hasty.end == .status(3))
    let client = try Program(
      "audio-client", ["mic", "--duration", "1", "--output", "json", "--url", server.url], environment: environment)
    try await eventually("it says that it waits") {
      client.standardError.text.contains("waiting until it is there")
    }
    try microphone.plugIn()
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    #expect(client.standardError.text.contains("the device is there"))
    // A name that no configuration has will not be plugged in.
    let unknown = try await Program.run(
      "audio-client", ["mic", "--device", "nosuch", "--url", server.url], environment: environment)
    #expect(unknown.end == .status(3))
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a muted microphone and a folder that cannot be written are told`() async throws {
    let configuration = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone(sound: .silence)])
    let recording = try await record(
      ["mic", "--duration", "3.5"], environment: ["ALSA_CONFIG_PATH": configuration, "TMPDIR": "/proc"])
    let lines = recording.client.standardError.lines
    #expect(lines.contains("default: only silence: is the microphone muted?"), "\(lines)")
    #expect(lines.contains { $0.hasPrefix("default: cannot buffer audio on disk (/proc: ") }, "\(lines)")
  }

  @Test(.enabled(if: VirtualMicrophone.isAvailable, "\(VirtualMicrophone.requirement)"))
  func `the sources of a sound server are listed and recorded`() async throws {
    let microphone = try VirtualMicrophone()
    let list = try await Program.run(
      "audio-client", ["devices", "--output", "json"], environment: microphone.environment)
    let names = try JSONValue.lines(of: list).first?.array?.compactMap { $0["name"]?.string } ?? []
    let source = try #require(names.first { $0.hasPrefix("pulse:DEVICE=") && !$0.hasSuffix(".monitor") }, "\(names)")
    let recording = try await record(
      ["mic", "--device", source, "--duration", "1"], environment: microphone.environment)
    #expect(abs(recording.receipt.duration - 1) < 0.11)
  }
}
