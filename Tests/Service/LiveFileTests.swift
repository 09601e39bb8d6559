import Glibc
import JSON
import Support
import Testing

/// Files that clients send in place of samples while they are recorded, to the real server, which has a process decode
/// each.
@Suite struct LiveFileTests {
  private static let hasFFmpeg = access("/usr/bin/ffmpeg", X_OK) == 0
  private static let reason: Comment = "apt-get install ffmpeg"
  private static let opus = "-ar 48000 -c:a libopus"
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A tone of so many seconds, as ffmpeg writes it.
  private func file(_ arguments: String, seconds: Int = 4, channels: Int = 1) throws -> [UInt8] {
    let output = "\(folder.path)/file"
    let tone = "sine=frequency=440:sample_rate=48000:duration=\(seconds)"
    try ShellCommand.run(
      "ffmpeg -v error -nostdin -y -f lavfi -i \(tone) -ac \(channels) \(arguments) '\(output)'")
    return try #require(TextFile.bytes(output))
  }

  private func webm(seconds: Int = 4, channels: Int = 1) throws -> [UInt8] {
    try file("\(Self.opus) -cluster_time_limit 500 -f webm", seconds: seconds, channels: channels)
  }

  /// Half of the file, and then what is none of it.
  private func corrupt(_ file: [UInt8]) -> [[UInt8]] {
    let half = Array(file[..<(file.count / 2)])
    return [half, [UInt8]((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })]
  }

  // MARK: Any kind

  @Test(
    .enabled(if: hasFFmpeg, reason),
    arguments: [
      "\(opus) -f webm", "\(opus) -f ogg", "-c:a libvorbis -f ogg", "-f flac", "-f mp3", "-c:a aac -f adts",
      "-c:a aac -f mp4 -movflags frag_keyframe+empty_moov -frag_duration 500000", "-f aiff", "-f au", "-f wav",
    ])
  func `all of a file is heard before the end, whatever its kind and its pieces`(_ arguments: String) async throws {
    let server = try await TestServer()
    let file = try file(arguments)
    for size in [997, 1 << 20] {
      let client = try DeepgramClient(server)
      for start in stride(from: 0, to: file.count, by: size) {
        try client.socket.send(binary: Array(file[start..<min(start + size, file.count)]))
      }
      let end = try client.close()
      #expect(end.code == 1000, "\(end)")
      #expect(abs((end.metadata?["duration"]?.double ?? 0) - 4) < 0.1, "\(arguments): \(end)")
      let receipt = end.metadata?["audio_service"]?["receipt"]
      #expect(receipt?["bytes"]?.integer == file.count)
      #expect(end.metadata?["sha256"]?.string == receipt?["sha256"]?.string)
      #expect(receipt?["sha256"]?.string == (try sha256(file)))
      #expect(receipt?["dropped"]?.integer == 0)
    }
    try await eventually("its processes are gone") { ProcessTable.children(of: server.program.pid).count == 1 }
    #expect(try server.figure("held_bytes") == 0)
  }

  private func sha256(_ bytes: [UInt8]) throws -> String {
    String(try ShellCommand.run("sha256sum '\(folder.file("sum", bytes))'").prefix(64))
  }

  @Test(.enabled(if: hasFFmpeg, reason))
  func `Finalize is answered when everything before it is decoded, and the file goes on`() async throws {
    let server = try await TestServer()
    let file = try webm()
    let client = try DeepgramClient(server)
    try client.socket.send(binary: Array(file[..<(file.count / 2)]))
    let second = try client.finalize()
    #expect(abs(second - 2) < 0.3, "\(second)")
    try client.socket.send(binary: Array(file[(file.count / 2)...]))
    #expect(abs((try client.close().metadata?["duration"]?.double ?? 0) - 4) < 0.1)
  }

  @Test(.enabled(if: hasFFmpeg, reason)) func `channels are recognized apart`() async throws {
    let server = try await TestServer()
    let file = try webm(channels: 2)
    let client = try DeepgramClient(server, "multichannel=true")
    for start in stride(from: 0, to: file.count, by: 1000) {
      try client.socket.send(binary: Array(file[start..<min(start + 1000, file.count)]))
    }
    try client.socket.send(text: #"{"type":"Finalize"}"#)
    let end = try client.close()
    #expect(end.code == 1000, "\(end)")
    #expect(end.metadata?["channels"]?.integer == 2)
    #expect(abs((end.metadata?["duration"]?.double ?? 0) - 4) < 0.1, "\(end)")
    #expect(end.metadata?["sha256"]?.string == (try sha256(file)))
    for channel in [0, 1] {
      let own = end.results.filter { $0["channel_index"] == .array([.number(channel), .number(2)]) }
      #expect(own.count(where: { $0["from_finalize"]?.bool == true }) == 1)
      #expect(own.contains { $0["channel"]?["alternatives"]?.array?.first?["transcript"]?.string?.isEmpty == false })
    }
  }

  // MARK: What is wrong

  @Test func `without ffmpeg it is refused with the kind and what to install`() async throws {
    let server = try await TestServer(["--ffmpeg", "off"])
    let beginning: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3] + [UInt8](repeating: 0, count: 60)
    let sentence = "audio: Matroska/WebM needs ffmpeg on the server (apt-get install ffmpeg)"
    let client = try DeepgramClient(server)
    try client.socket.send(binary: beginning)
    let end = try client.rest()
    #expect(end.code == 1008)
    #expect(end.reason == "DATA-0000 \(sentence)")
    let other = try SpeechmaticsClient(server)
    try other.socket.send(binary: beginning)
    #expect(try other.error() == sentence)
    #expect(try other.code() == 1003)
    // WAV needs none.
    let wave = try DeepgramClient(server)
    try wave.socket.send(
      binary: WaveFile.header(rate: 16_000, channels: 1, dataBytes: 32_000) + [UInt8](repeating: 1, count: 32_000))
    #expect(try wave.close().metadata?["duration"]?.double == 1)
  }

  @Test(.enabled(if: hasFFmpeg, reason), arguments: ["webm", "ogg"])
  func `what cannot be decoded further ends the stream, after the texts of everything before`(_ kind: String)
    async throws
  {
    let server = try await TestServer()
    let file = try file("\(Self.opus) -f \(kind)")
    let client = try DeepgramClient(server)
    for piece in corrupt(file) { try client.socket.send(binary: piece) }
    let end = try client.rest()
    #expect(end.code == 1008)
    #expect(end.reason.contains("that can't be decoded further: "), "\(end.reason)")
    #expect(end.seconds > 1.2, "\(end)")
    let other = try SpeechmaticsClient(server)
    for piece in corrupt(file) { try other.socket.send(binary: piece) }
    #expect(try other.error().contains("that can't be decoded further: "))
    #expect(other.hasText)
    #expect(try other.code() == 1003)
    try await eventually("its processes are gone") { ProcessTable.children(of: server.program.pid).count == 1 }
    #expect(try server.figure("held_bytes") == 0)
    try await eventually("it counts") {
      try server.stats()["figures"]?["dialects"]?["deepgram"]?["errors"]?.integer == 1
    }
  }

  @Test(.enabled(if: hasFFmpeg, reason))
  func `a mistake just before the end is told, too, and a file that was cut short is what there is of it`()
    async throws
  {
    let server = try await TestServer()
    let file = try webm()
    let client = try DeepgramClient(server)
    for piece in corrupt(file) { try client.socket.send(binary: piece) }
    let end = try client.close()
    #expect(end.code == 1008 && end.metadata == nil, "\(end)")
    let half = try DeepgramClient(server)
    try half.socket.send(binary: Array(file[..<(file.count / 2)]))
    let cut = try half.close()
    #expect(cut.code == 1000)
    #expect(abs((cut.metadata?["duration"]?.double ?? 0) - 2) < 0.3, "\(cut)")
  }

  @Test(.enabled(if: hasFFmpeg, reason))
  func `a file that can be decoded only as a whole is told so`() async throws {
    let server = try await TestServer()
    // Longer than what ffmpeg holds of a pipe.
    let file = try file("-c:a aac -f mp4", seconds: 60)
    let client = try DeepgramClient(server)
    try client.socket.send(binary: file)
    let end = try client.close()
    #expect(end.code == 1008)
    #expect(
      end.reason.hasPrefix("DATA-0000 audio: expected MP4/M4A that can be decoded as it comes: "), "\(end.reason)")
  }

  @Test(.enabled(if: hasFFmpeg, reason))
  func `a decoder that is killed ends the stream with a reason, after the texts of everything before`() async throws {
    let server = try await TestServer()
    let workers = Set(server.workers)
    let file = try webm()
    let client = try DeepgramClient(server)
    let other = try SpeechmaticsClient(server)
    for socket in [client.socket, other.socket] { try socket.send(binary: Array(file[..<(file.count / 2)])) }
    try client.finalize()
    try other.endUtterance()
    let decoders = Set(ProcessTable.children(of: server.program.pid)).subtracting(workers)
    #expect(decoders.count == 2)
    for decoder in decoders { kill(decoder, SIGKILL) }
    let end = try client.rest()
    #expect(end.code == 1008)
    #expect(end.reason.hasSuffix("that can't be decoded further: the decoder ended on it"), "\(end.reason)")
    #expect(try other.error().hasSuffix("the decoder ended on it"))
    #expect(other.hasText)
  }

  // MARK: What may happen

  @Test(.enabled(if: hasFFmpeg, reason))
  func `a file that comes faster than it is measured waits at its client, and is heard as a whole`() async throws {
    let server = try await TestServer()
    let file = try file("-f flac", seconds: 120)
    let client = try DeepgramClient(server)
    nonisolated(unsafe) let socket = client.socket
    // Its texts are read meanwhile: a client that reads none is not read either.
    let sender = Task.detached {
      for start in stride(from: 0, to: file.count, by: 1 << 20) {
        try socket.send(binary: Array(file[start..<min(start + 1 << 20, file.count)]))
      }
      try socket.send(text: #"{"type":"CloseStream"}"#)
    }
    let end = try client.rest()
    try await sender.value
    #expect(abs((end.metadata?["duration"]?.double ?? 0) - 120) < 0.1, "\(end.code ?? 0) \(end.reason)")
    #expect(end.metadata?["audio_service"]?["receipt"]?["dropped"]?.integer == 0)
    try await eventually("nothing is held") { try server.figure("held_bytes") == 0 }
  }

  @Test(.enabled(if: hasFFmpeg, reason)) func `a client that goes takes its decoder with it`() async throws {
    let server = try await TestServer()
    let file = try webm()
    do {
      let client = try DeepgramClient(server)
      try client.socket.send(binary: file)
      try await eventually("it is decoded") { ProcessTable.children(of: server.program.pid).count == 2 }
      client.socket.socket.reset()
    }
    try await eventually("its decoder is gone") { ProcessTable.children(of: server.program.pid).count == 1 }
    try await eventually("nothing is left") { try server.figure("clients") == 0 }
    #expect(try server.figure("held_bytes") == 0)
  }

  // MARK: Their own packages

  private static let python = "\(TextFile.repository)/.deps/clients/bin/python"

  @Test(
    .enabled(if: hasFFmpeg, reason), .enabled(if: access(python, X_OK) == 0, "no .deps/clients: Scripts/setup makes it")
  )
  func `what is recorded live has the words of the same bytes as an upload`() async throws {
    let isSpeech = SpeechFiles.areExpected
    let server = try await TestServer((isSpeech ? ["--engine", "speech"] : []) + ["--worker-timeout", "30"])
    let run = try await Program.run(
      Self.python,
      [
        "-B", "\(TextFile.repository)/Tests/Clients/live_files.py", "ws://127.0.0.1:\(server.port)",
        "\(TextFile.repository)/Assets/speech.wav", "--worker", "\(server.workers[0])",
      ] + (isSpeech ? ["--speech"] : []), within: .seconds(120))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text)")
    #expect(run.standardOutput.lines.contains("ok - recorded"))
  }
}

/// A live client of Deepgram's that sends a file.
private struct DeepgramClient {
  let socket: RawWebSocket

  init(_ server: TestServer, _ query: String = "model=nova-3") throws {
    socket = try RawWebSocket(port: server.port, path: "/v1/listen?\(query)")
  }

  struct End {
    var results: [JSONValue] = []
    var metadata: JSONValue?
    var code: Int?
    var reason = ""
    /// Up to where there are results.
    var seconds: Double {
      results.map { ($0["start"]?.double ?? 0) + ($0["duration"]?.double ?? 0) }.max() ?? 0
    }
  }

  /// Asks for the final text of what was sent. - Returns: the second of the stream up to which it goes.
  @discardableResult func finalize() throws -> Double {
    try socket.send(text: #"{"type":"Finalize"}"#)
    while case .text(let text) = try socket.receive() {
      let message = try JSONValue(parsing: text.utf8)
      guard message["from_finalize"]?.bool == true else { continue }
      return (message["start"]?.double ?? 0) + (message["duration"]?.double ?? 0)
    }
    throw TestFailure("closed: \(socket.closeReason)")
  }

  func close() throws -> End {
    try socket.send(text: #"{"type":"CloseStream"}"#)
    return try rest()
  }

  /// Everything up to the close.
  func rest() throws -> End {
    var end = End()
    while case .text(let text) = try read(&end) {
      let message = try JSONValue(parsing: text.utf8)
      if message["type"]?.string == "Metadata" { end.metadata = message } else { end.results.append(message) }
    }
    return end
  }

  private func read(_ end: inout End) throws -> RawWebSocket.Message {
    let message = try socket.receive()
    if case .close(let code) = message {
      (end.code, end.reason) = (code, socket.closeReason)
      // It is over when that is answered.
      try? socket.socket.send(RawWebSocket.frame(opcode: 8, [UInt8((code ?? 0) >> 8), UInt8((code ?? 0) & 0xFF)]))
    }
    return message
  }
}

/// One of Speechmatics' that does.
private final class SpeechmaticsClient {
  let socket: RawWebSocket
  private(set) var hasText = false

  init(_ server: TestServer) throws {
    socket = try RawWebSocket(port: server.port, path: "/v2")
    try socket.send(text: #"{"message":"StartRecognition","audio_format":{"type":"file"},"transcription_config":{}}"#)
  }

  /// The reason of the error, which is the last message.
  func error() throws -> String {
    while case .text(let text) = try socket.receive() {
      let message = try JSONValue(parsing: text.utf8)
      switch message["message"]?.string {
      case "Error":
        #expect(message["type"]?.string == "invalid_audio_type")
        return message["reason"]?.string ?? ""
      case "AddTranscript": hasText = true
      default: break
      }
    }
    throw TestFailure("no error but \(socket.closeReason)")
  }

  func endUtterance() throws {
    try socket.send(text: #"{"message":"ForceEndOfUtterance"}"#)
    while case .text(let text) = try socket.receive() {
      switch try JSONValue(parsing: text.utf8)["message"]?.string {
      case "EndOfUtterance": return
      case "AddTranscript": hasText = true
      default: break
      }
    }
  }

  func code() throws -> Int? {
    guard case .close(let code) = try socket.receive() else { return nil }
    return code
  }
}
