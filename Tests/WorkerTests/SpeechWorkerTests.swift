import Audio
import Glibc
import JSON
import Support
import Testing
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

  private func header(_ seq: Int, startFrame: Int, bytes: Int) -> ChunkHeader {
    ChunkHeader(
      stream: 7, seq: UInt64(seq), startFrame: UInt64(startFrame), chunkBytes: bytes, format: .standard,
      engine: .speech)
  }

  /// Sends all of it in chunks of 100 ms; answers the last one's number.
  private func send(_ sound: [UInt8], to worker: SpawnedWorker) -> Int {
    var seq = 0
    for start in stride(from: 0, to: sound.count, by: 3200) {
      seq += 1
      let chunk = Array(sound[start..<min(start + 3200, sound.count)])
      worker.send(header(seq, startFrame: start / 2, bytes: chunk.count), chunk)
    }
    return seq
  }

  @Test(.enabled(if: isThere, reason))
  func `every chunk is answered at once, the finish with the words`() throws {
    let worker = try SpawnedWorker(arguments: ["--engines", "mock,speech"])
    let last = send(try Self.recording(), to: worker)
    try worker.exchange { $0.results.count == last }
    worker.process.channel.sendFinish(stream: 7, seq: UInt64(last))
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))

    #expect(worker.results.map(\.header.seq) == (1...last).map { UInt64($0) } + [UInt64(last)])
    let (reply, text) = try #require(worker.results.last)
    let json = try JSONValue(parsing: text)
    #expect(json["final"]?.bool == true)
    #expect(json["transcription"]?.string == "He might even have been made amiable himself.")
    let segments = Array(text.utf8).withUnsafeBytes { text in
      reply.segments(in: text).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try segments.map { try JSONValue(parsing: $0) } == json["segments"])
    #expect(json["segments"]?.array?.count == 1)
    #expect(json["segments"]?.array?.first?["text"] == json["transcription"])
  }

  @Test(.enabled(if: isThere, reason))
  func `a shutdown waits for the words of a finish`() throws {
    let worker = try SpawnedWorker(arguments: ["--engines", "speech"])
    let last = send(try Self.recording(), to: worker)
    worker.process.channel.sendFinish(stream: 7, seq: UInt64(last))
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))
    #expect(worker.results.last?.header.asked == .finish)
    #expect(worker.results.last?.text.contains("amiable himself.") == true)
  }

  @Test(.enabled(if: isThere, reason))
  func `a client that sends faster than can be decoded is held back, and loses nothing`() throws {
    let worker = try SpawnedWorker(arguments: ["--engines", "speech"])
    let once = try Self.recording()
    let sound = (0..<60).flatMap { _ in once }
    let last = send(sound, to: worker)
    try worker.exchange { $0.results.count == last }
    #expect(worker.results.map(\.header.seq) == (1...last).map { UInt64($0) })
    // The server is told not to read that client, and to go on before the end.
    #expect(worker.answers.contains(.hold(stream: 7)))
    worker.process.channel.sendFinish(stream: 7, seq: UInt64(last))
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))
    #expect(worker.answers.contains(.release(stream: 7)))
    let segments = segments(worker)
    #expect(segments.map { $0["segment"]?.integer } == (0..<segments.count).map { $0 + 1 })
    let text = segments.compactMap { $0["text"]?.string }.joined(separator: " ")
    #expect((55...60).contains(text.split(separator: "amiable").count - 1), "\(text)")
  }

  private func segments(_ worker: SpawnedWorker) -> [JSONValue] {
    worker.results.flatMap { (try? JSONValue(parsing: $0.text))?["segments"]?.array ?? [] }
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
    #expect(report == #"{"engines":[{"engine":"speech","state":"ready"}]}"# + "\n")
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
    #expect(reason.contains("can't decode with the model in \(folder.path) (Unexpected input data type"), "\(reason)")
  }

  @Test func `an engine nobody knows is a wrong flag`() throws {
    #expect(try SpawnedWorker(arguments: ["--engines", "mock,kaldi"]).end() == .exited(2))
  }
}
