import Audio
import Glibc
import JSON
import Recognition
import Support
import Testing
import Transports
import WorkerLink

/// The real `audio-worker` with the real model.
@Suite struct SpeechWorkerTests {
  private static let home =
    getenv("AUDIO_SPEECH_HOME").map { String(cString: $0) } ?? "\(TextFile.repository)/.deps/speech"
  static let isThere = access("\(home)/complete", R_OK) == 0 || getenv("CI") != nil
  static let reason: Comment = "the engine speech is not set up: Scripts/setup-speech"

  private static func recording() throws -> [UInt8] {
    let path = "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0930.wav"
    let file = try #require(TextFile.bytes(path), "\(path) is missing: apt-get install pocketsphinx-testdata")
    let header = try #require(try file.withUnsafeBytes { try WaveHeader.parse($0) })
    return Array(file[header.samplesOffset...].prefix((file.count - header.samplesOffset) / 2 * 2))
  }

  /// Sends everything in chunks of 100 ms; returns the last one's number.
  private func send(_ audio: [UInt8], to worker: SpawnedWorker) -> Int {
    worker.open(7, engine: "speech")
    var seq = 0
    for start in stride(from: 0, to: audio.count, by: 3200) {
      seq += 1
      let chunk = Array(audio[start..<min(start + 3200, audio.count)])
      worker.send(.test(stream: 7, seq: seq, startFrame: start / 2, bytes: chunk.count), chunk)
    }
    return seq
  }

  @Test(.enabled(if: isThere, reason))
  func `every chunk is answered at once, and a finish after the words`() throws {
    let worker = try SpawnedWorker(arguments: ["--language", "en", "--engines", "mock,speech"])
    let last = send(try Self.recording(), to: worker)
    try worker.exchange { $0.results.count == last }
    worker.process.socket.frames.finish(.test(7), seq: last)
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))

    #expect(worker.hello?.engines.map(\.state) == [.ready, .ready])
    #expect(worker.results.map(\.seq) == Array(1...last))
    #expect(worker.finished == [.test(7)])
    let finals = worker.updates.filter(\.isFinal).map(\.segment)
    #expect(finals.map(\.text) == ["He might even have been made amiable himself."])
    #expect(finals.first?.language == "en")
    guard case .finished(_, last, let progress, _) = worker.replies.last else {
      Issue.record("no finish at the end")
      return
    }
    #expect(progress.checkpoint?.segments == 1)
  }

  @Test(.enabled(if: isThere, reason))
  func `a shutdown waits for the words of a finish`() throws {
    let worker = try SpawnedWorker(arguments: ["--language", "en", "--engines", "speech"])
    let last = send(try Self.recording(), to: worker)
    worker.process.socket.frames.finish(.test(7), seq: last)
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))
    #expect(worker.finished == [.test(7)])
    #expect(worker.updates.last?.segment.text.contains("amiable himself.") == true)
  }

  @Test(.enabled(if: isThere, reason))
  func `a client that stops sending gets its last words without another chunk, and keeps its utterance`() throws {
    let worker = try SpawnedWorker(arguments: ["--language", "en", "--engines", "speech"])
    let recording = try Self.recording()
    let half = Array(recording.prefix(recording.count / 4 * 2))
    let last = send(half, to: worker)
    try worker.exchange { $0.results.count == last }
    let arrived = ContinuousClock.now
    // The recording was sent all at once: what follows the last result is pushed.
    let end = Double(half.count / 2) / 16_000
    let isPushed = try worker.exchange(timeoutMilliseconds: 3000) { worker in
      worker.updates.contains { $0.segment.end > end - 0.1 }
    }
    #expect(isPushed && ContinuousClock.now - arrived < .seconds(2))
    // A word at the end that may be cut off comes half a second later.
    try worker.exchange(timeoutMilliseconds: 1500) { _ in false }
    let paused = worker.updates
    #expect(paused.last?.isFinal == false)
    // Nothing more is pushed: a pause in sending ends no utterance.
    #expect(try !worker.exchange(timeoutMilliseconds: 1500) { $0.updates.count > paused.count })
    worker.process.socket.frames.finish(.test(7), seq: last)
    try worker.exchange { !$0.finished.isEmpty }
    #expect(worker.updates.last?.isFinal == true)
  }

  @Test(.enabled(if: isThere, reason))
  func `a client that sends faster than can be decoded is held back, and loses nothing`() throws {
    let worker = try SpawnedWorker(arguments: ["--language", "en", "--engines", "speech"])
    let once = try Self.recording()
    let last = send((0..<60).flatMap { _ in once }, to: worker)
    try worker.exchange { $0.results.count == last }
    #expect(worker.results.map(\.seq) == Array(1...last))
    // The gateway is told not to read that client, and to go on before the end.
    #expect(worker.replies.contains(.behind(.test(7), true)))
    worker.process.socket.frames.finish(.test(7), seq: last)
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))
    #expect(worker.replies.contains(.behind(.test(7), false)))
    let segments = worker.updates.filter(\.isFinal).map(\.segment)
    #expect(segments.map(\.number) == Array(1...segments.count))
    let text = segments.map(\.text).joined(separator: " ")
    #expect((55...60).contains(text.split(separator: "amiable").count - 1), "\(text)")
  }

  /// Why a worker that is asked has no engine for speech, while the mock is ready.
  private func reasonWithoutSpeech(variables: String = "", flags: String = "") throws -> String {
    let command = "\(variables) '\(SpawnedWorker.path)' --engines mock,speech \(flags) --check || echo $?"
    let lines = try ShellCommand.run(command).split(separator: "\n")
    #expect(lines.last == "1")
    let engines = try JSONValue(parsing: String(lines[0]))["engines"]?.array
    #expect(engines?.map { $0["state"]?.string } == ["ready", "unavailable"])
    return engines?.last?["reason"]?.string ?? ""
  }

  @Test func `without the library the engine is unavailable and the mock works`() throws {
    let reason = try reasonWithoutSpeech(variables: "AUDIO_SPEECH_HOME=/nowhere")
    #expect(reason.hasSuffix("run Scripts/setup-speech"))
  }

  @Test(.enabled(if: isThere, reason)) func `a check loads what it is asked about`() throws {
    let report = try ShellCommand.run("'\(SpawnedWorker.path)' --engines speech --check")
    let engine = try JSONValue(parsing: report.utf8)["engines"]?.array?.first
    #expect(engine?["state"]?.string == "ready")
    let models = try #require(engine?["models"]?.array)
    #expect(models.first?["model"]?.string == "moonshine-tiny-en")
    #expect(models.allSatisfy { $0["state"]?.string == "ready" })
  }

  /// A network that is whole and is the voice detector's, in every file of a model of that type.
  private static func foreignModel(_ type: String, _ roles: [String], in folder: TemporaryFolder) throws {
    let network = try #require(TextFile.bytes("\(home)/vad/silero_vad.onnx"))
    let files = try roles.map { role in
      _ = try folder.file("\(role).onnx", network)
      return "\"\(role)\":\"\(role).onnx\""
    }
    _ = try folder.file("tokens.txt", "a 0\nb 1\n".utf8)
    let description = #"{"type":"\#(type)","files":{\#(files.joined(separator: ",")),"tokens":"tokens.txt"}}"#
    _ = try folder.file("model.json", description.utf8)
  }

  @Test(
    .enabled(if: isThere, reason),
    arguments: [
      ("moonshine", ["encoder", "merged_decoder"]), ("whisper", ["encoder", "decoder"]),
      ("transducer", ["encoder", "decoder", "joiner"]), ("nemo_transducer", ["encoder", "decoder", "joiner"]),
      ("zipformer", ["encoder", "decoder", "joiner"]), ("sense_voice", ["model"]),
    ])
  func `a network of another kind is told, and the mock works, though the library ends the process on it`(
    _ type: String, _ roles: [String]
  ) throws {
    let folder = try TemporaryFolder()
    try Self.foreignModel(type, roles, in: folder)
    let reason = try reasonWithoutSpeech(flags: "--model '\(folder.path)'")
    #expect(reason.contains(folder.path) && reason.contains("check type and files in model.json"), "\(reason)")
    #expect(reason.contains("Scripts/setup-speech"))
  }

  @Test(.enabled(if: isThere, reason))
  func `a model whose files are mixed up is told, though the library loads it`() throws {
    let folder = try TemporaryFolder()
    let standard = "\(Self.home)/models/moonshine-tiny-en"
    for (file, of) in [
      ("encoder.ort", "decoder_model_merged.ort"), ("decoder.ort", "encoder_model.ort"), ("tokens.txt", "tokens.txt"),
    ] {
      _ = try folder.file(file, #require(TextFile.bytes("\(standard)/\(of)")))
    }
    let files = #"{"encoder":"encoder.ort","merged_decoder":"decoder.ort","tokens":"tokens.txt"}"#
    _ = try folder.file("model.json", #"{"type":"moonshine","files":\#(files)}"#.utf8)
    let reason = try reasonWithoutSpeech(flags: "--model '\(folder.path)'")
    #expect(reason.contains("cannot decode with the model in \(folder.path) (Unexpected input data type"), "\(reason)")
  }
}
