internal import Glibc
internal import Scoring
internal import Support

/// The kind of microphone.
enum Device: CaseIterable {
  /// The format that is sent.
  case plain
  /// Needs mixing and resampling.
  case converted

  var sampleRate: Int { self == .plain ? 16_000 : 48_000 }
  var channels: Int { self == .plain ? 1 : 2 }
}

/// Result of a case.
struct CaptureRun {
  /// Of one core.
  var cpuShare: Double
  /// How often its threads went to sleep.
  var sleepsPerSecond: Double
  /// From a chunk's last sample to its acknowledgement, in milliseconds; nil where that can't be seen.
  var delays: Spread?
}

/// `audio-client mic` with a simulated microphone, in front of a server on the same machine.
struct CaptureCase {
  var device: Device
  var chunkMilliseconds: Int
  var isOnTerminal: Bool

  /// Until the client has settled: it is connected and has sent what it recorded before.
  static let warmUp = 2

  var name: String {
    let format = device == .plain ? "16 kHz mono" : "48 kHz stereo → 16 kHz mono"
    return "\(format), \(chunkMilliseconds) ms, \(isOnTerminal ? "with the meter" : "no terminal")"
  }

  func run(server: TestServer, seconds: Int) async throws -> CaptureRun {
    let folder = try TemporaryFolder()
    let sound = MarkedSound(sampleRate: device.sampleRate, channels: device.channels)
    var microphone = SimulatedMicrophone(sampleRate: device.sampleRate, channels: device.channels)
    microphone.sound = .file(try folder.file("sound.raw", sound.bytes), loops: true)
    microphone.startedFile = "\(folder.path)/started"
    let environment = ["ALSA_CONFIG_PATH": try SimulatedMicrophone.configuration(of: ["default": microphone])]
    let arguments = ["mic", "--chunk-ms", "\(chunkMilliseconds)", "--url", server.url]
    let terminal = isOnTerminal ? try Terminal() : nil
    // Each message as it arrived: the benchmark reads these.
    let client =
      try terminal?.start("audio-client", arguments, environment: environment)
      ?? Program("audio-client", arguments + ["--output", "jsonl"], environment: environment)
    defer { client.signal(SIGKILL) }
    try await Task.sleep(for: .seconds(Self.warmUp))
    let use = MeasuredUse(of: client.pid)
    try await Task.sleep(for: .seconds(seconds))
    let (cpuShare, sleepRate) = use.rates()
    client.signal(SIGINT)
    let end = try await client.ended()
    // Output of a terminal may arrive after the end of the process.
    let output = terminal?.output ?? client.standardError
    _ = try? await eventually("the client's account", within: .seconds(5)) { output.text.contains("chunks answered") }
    let said = output.text
    // A recording with a gap is not a measurement.
    guard end == .status(0), said.contains("chunks answered"), !said.contains("while recording") else {
      throw TestFailure("\(name): the client ended with \(end):\n\(said.suffix(2000))")
    }
    return CaptureRun(
      cpuShare: cpuShare, sleepsPerSecond: sleepRate,
      delays: terminal == nil
        ? try delays(in: client.standardOutput, sound: sound, startedFile: microphone.startedFile) : nil)
  }

  private func delays(in output: ProgramOutput, sound: MarkedSound, startedFile: String) throws -> Spread {
    guard let text = TextFile.read(startedFile), let nanoseconds = Int64(text.filter(\.isNumber)) else {
      throw TestFailure("\(name): the microphone does not say when it was started")
    }
    let replies = ChunkReplies(output.arrivals, chunkMilliseconds: chunkMilliseconds)
    try sound.check(replies)
    return Spread(
      replies.delays(since: .nanoseconds(nanoseconds), from: .seconds(Self.warmUp)).map { $0 / .milliseconds(1) })
  }
}

/// What a process has used since this value was created.
private struct MeasuredUse {
  private let pid: Int32
  private let begin = ContinuousClock.now
  private let cpu: Double
  private let sleeps: Int

  init(of pid: Int32) {
    self.pid = pid
    cpu = ProcessTable.cpuSeconds(pid)
    sleeps = ProcessTable.sleeps(pid)
  }

  /// Share of one core, and wakeups per second.
  func rates() -> (cpuShare: Double, sleepsPerSecond: Double) {
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    return (
      (ProcessTable.cpuSeconds(pid) - cpu) / seconds, Double(ProcessTable.sleeps(pid) - sleeps) / seconds
    )
  }
}
