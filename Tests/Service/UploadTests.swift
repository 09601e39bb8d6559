import Glibc
import JSON
import Support
import Testing

/// Files that are uploaded for a transcription, in the form of OpenAI's API, to the real server.
@Suite struct UploadTests {
  private static let hasFFmpeg = access("/usr/bin/ffmpeg", X_OK) == 0
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A tone of so many seconds as WAV.
  private func wave(seconds: Int) -> [UInt8] {
    let second = WaveFile.pcm(Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 16_000))
    return WaveFile.header(rate: 16_000, channels: 1, dataBytes: second.count * seconds)
      + (0..<seconds).flatMap { _ in second }
  }

  // MARK: Answers

  @Test func `a file is one response, with the receipt of its bytes and its sound`() async throws {
    let server = try await TestServer()
    let file = wave(seconds: 3)
    let answer = try Uploader(server).transcribe(file)
    #expect(answer.status == 200)
    let receipt = answer.json?["audio_service"]?["receipt"]
    #expect(receipt?["bytes"]?.integer == file.count)
    #expect(receipt?["sha256"]?.string == (try sha256(file)))
    #expect(receipt?["chunks"]?.integer == 3)
    #expect(receipt?["processed"]?.integer == 3)
    #expect(receipt?["duration"]?.double == 3)
    #expect(answer.json?["text"]?.string?.isEmpty == false)
    #expect(try server.figure("dropped_total") == 0)
  }

  private func sha256(_ bytes: [UInt8]) throws -> String {
    String(try ShellCommand.run("sha256sum '\(folder.file("sum", bytes))'").prefix(64))
  }

  @Test func `pieces are sent while there is more to come`() async throws {
    let server = try await TestServer()
    let answer = try Uploader(server).transcribe(wave(seconds: 3), ["stream": "true"])
    #expect(answer.head.contains("\r\ntransfer-encoding: chunked\r\n"))
    #expect(answer.head.contains("\r\ncontent-type: text/event-stream"))
    #expect(answer.body.ranges(of: "transcript.text.delta").count == 3)
    #expect(answer.body.ranges(of: "transcript.text.done").count == 1)
    #expect(answer.body.hasSuffix("\r\n0\r\n\r\n"))
  }

  @Test(arguments: ["flac", "ogg", "opus", "mp3", "aiff", "au", "wav"])
  func `what libsndfile reads is told by its content`(kind: String) async throws {
    let server = try await TestServer(["--ffmpeg", "off"])
    let input = try folder.file("in.wav", wave(seconds: 4))
    let output = "\(folder.path)/out.\(kind)"
    try #require(Self.hasFFmpeg, "apt-get install ffmpeg")
    try ShellCommand.run("ffmpeg -v error -nostdin -i '\(input)' -ar 48000 '\(output)'")
    let answer = try Uploader(server).transcribe(try #require(TextFile.bytes(output)), name: "blob")
    #expect(answer.status == 200, "\(answer.body)")
    let seconds = answer.json?["audio_service"]?["receipt"]?["duration"]?.double ?? 0
    #expect(abs(seconds - 4) < 0.1, "\(kind): \(seconds) s")
  }

  @Test(.enabled(if: hasFFmpeg, "apt-get install ffmpeg"), arguments: ["m4a", "webm", "mp4", "aac"])
  func `the rest goes through ffmpeg, and is refused with its name where there is none`(kind: String) async throws {
    let server = try await TestServer()
    let input = try folder.file("in.wav", wave(seconds: 4))
    let output = "\(folder.path)/out.\(kind)"
    try ShellCommand.run("ffmpeg -v error -nostdin -i '\(input)' -ar 48000 '\(output)'")
    let file = try #require(TextFile.bytes(output))
    let answer = try Uploader(server).transcribe(file)
    #expect(answer.status == 200, "\(answer.body)")
    let seconds = answer.json?["audio_service"]?["receipt"]?["duration"]?.double ?? 0
    #expect(abs(seconds - 4) < 0.2, "\(kind): \(seconds) s")
    let without = try await TestServer(["--ffmpeg", "off"])
    let refusal = try Uploader(without).transcribe(file)
    #expect(refusal.status == 400)
    #expect(refusal.json?["error"]?["message"]?.string?.contains("need ffmpeg on the server") == true)
  }

  // MARK: What is wrong with a file

  @Test func `no audio is refused with what can be read; a file that was cut short is what there is of it`()
    async throws
  {
    let server = try await TestServer()
    let uploader = Uploader(server)
    for junk in [Array("no sound at all, just words".utf8), [UInt8](repeating: 7, count: 100_000), [0]] {
      let answer = try uploader.transcribe(junk)
      #expect(answer.status == 400)
      #expect(answer.json?["error"]?["param"]?.string == "file")
      #expect(answer.json?["error"]?["message"]?.string?.contains("WAV, FLAC, Ogg") == true, "\(answer.body)")
    }
    let file = wave(seconds: 3)
    #expect(try uploader.transcribe(Array(file.prefix(44))).status == 400)
    let half = try uploader.transcribe(Array(file.prefix(file.count / 2)))
    #expect(half.status == 200)
    #expect(half.json?["usage"]?["seconds"]?.integer == 2)
    // Nothing is left of any.
    try await eventually("its processes are gone") { ProcessTable.children(of: server.program.pid).count == 1 }
    #expect(try server.figure("held_bytes") == 0)
  }

  @Test(arguments: [false, true])
  func `a file that is too large is refused, and its client reads why`(isChunked: Bool) async throws {
    let server = try await TestServer(["--max-upload-mib", "2"])
    let uploader = Uploader(server)
    for mebibytes in [3, 30] {
      let answer = try uploader.transcribe([UInt8](repeating: 1, count: mebibytes << 20), isChunked: isChunked)
      #expect(answer.status == 413)
      #expect(
        answer.json?["error"]?["message"]?.string == "file: expected at most 2 MiB (see --max-upload-mib), got more")
    }
    #expect(try server.figure("held_bytes") == 0)
    #expect(try uploader.transcribe(wave(seconds: 1), isChunked: isChunked).status == 200)
  }

  // MARK: Who may

  @Test func `tokens and origins are asked for as of streams`() async throws {
    let tokens = try folder.file("tokens", "".utf8)
    let added = try await Program.run("audio-server", ["token", "add", "desk", "--auth-tokens", tokens])
    let token = try #require(added.standardOutput.lines.first)
    let server = try await TestServer(["--auth-tokens", tokens, "--allow-origin", "https://a.example"])
    let uploader = Uploader(server)
    let file = wave(seconds: 1)
    let refused = try uploader.transcribe(file)
    #expect(refused.status == 401)
    #expect(refused.json?["error"]?["code"]?.string == "invalid_api_key")
    #expect(refused.head.contains("\r\nx-request-id: req_"))
    #expect(try uploader.transcribe(file, headers: ["Authorization": "Bearer \(token)"]).status == 200)
    #expect(try uploader.transcribe(file, headers: ["X-API-Key": token, "Origin": "https://b.example"]).status == 403)
    let allowed = try uploader.transcribe(file, headers: ["X-API-Key": token, "Origin": "https://a.example"])
    #expect(allowed.status == 200)
    #expect(allowed.head.contains("\r\naccess-control-allow-origin: https://a.example\r\n"))
    #expect(try uploader.request("GET", "/v1/models", [:]).status == 401)
    #expect(try uploader.request("GET", "/v1/models", ["Authorization": token]).status == 200)
    // A browser asks first, without a token.
    let ask = ["Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, x-sdk"]
    let path = "/v1/audio/transcriptions"
    let yes = try uploader.request("OPTIONS", path, ask.merging(["Origin": "https://a.example"]) { $1 })
    #expect(yes.status == 204)
    #expect(yes.head.contains("\r\naccess-control-allow-headers: authorization, x-sdk\r\n"))
    #expect(try uploader.request("OPTIONS", path, ask.merging(["Origin": "https://b.example"]) { $1 }).status == 403)
    for path in ["/audio/transcriptions", "/v1/models", "/v1/listen"] {
      #expect(try uploader.request("OPTIONS", path, ask.merging(["Origin": "https://a.example"]) { $1 }).status == 204)
    }
  }

  @Test func `a dialect that is not spoken takes no files`() async throws {
    let server = try await TestServer(["--dialects", "vosk"])
    #expect(try Uploader(server).transcribe(wave(seconds: 1)).status == 404)
  }

  // MARK: What may happen

  @Test func `a worker that is killed goes unnoticed`() async throws {
    let server = try await TestServer(["--worker-timeout", "30"])
    let uploader = Uploader(server)
    let message = uploader.message(wave(seconds: 500), [:])
    let socket = try RawSocket(port: server.port)
    try socket.send(message)
    let worker = try #require(server.workers.first)
    try await eventually("some of it is measured") { try server.figure("processed_total") > 20 }
    kill(worker, SIGKILL)
    let receipt = try uploader.answer(socket).json?["audio_service"]?["receipt"]
    #expect(receipt?["processed"]?.integer == 500)
    #expect(receipt?["dropped"]?.integer == 0)
  }

  @Test(arguments: [[], ["--max-bytes-per-second", "4000000"]])
  func `a file that is decoded faster than it is measured waits, and is heard as a whole`(_ flags: [String])
    async throws
  {
    let server = try await TestServer(flags)
    let answer = try Uploader(server).transcribe(wave(seconds: 750))
    #expect(answer.json?["audio_service"]?["receipt"]?["chunks"]?.integer == 750, "\(answer.head)")
    #expect(answer.json?["audio_service"]?["receipt"]?["duration"]?.double == 750)
    try await eventually("nothing is held") { try server.figure("held_bytes") == 0 }
  }

  @Test func `a mistake in a form leaves nothing behind, and is counted`() async throws {
    let server = try await TestServer()
    for _ in 0..<3 {
      let answer = try Uploader(server).transcribe(wave(seconds: 3), ["response_format": "bogus"])
      #expect(answer.status == 400)
    }
    #expect(try server.figure("held_bytes") == 0)
    #expect(try server.stats()["figures"]?["dialects"]?["openai"]?["errors"]?.integer == 3)
  }

  @Test func `a body that is no HTTP is refused in the words of its protocol`() async throws {
    let server = try await TestServer()
    let socket = try RawSocket(port: server.port)
    let head =
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=a\r\n"
    try socket.send(Array("\(head)Transfer-Encoding: chunked\r\n\r\nnonsense\r\n".utf8))
    let answer = try Uploader(server).answer(socket)
    #expect(answer.status == 400)
    #expect(answer.head.contains("\r\nx-request-id: req_") && answer.head.contains("\r\nconnection: close\r\n"))
    #expect(answer.json?["error"]?["message"]?.string == "Invalid size of a chunk")
    #expect(try server.stats()["figures"]?["dialects"]?["openai"]?["errors"]?.integer == 1)
  }

  @Test func `files leave half of the memory to streams`() async throws {
    let server = try await TestServer(["--memory-budget", "32"])
    let message = Uploader(server).message(wave(seconds: 300), [:])
    let sockets = try (0..<6).map { _ in try RawSocket(port: server.port) }
    for socket in sockets { try? socket.send(message.dropLast(10)) }
    #expect(try server.figure("held_bytes") < 20 << 20)
    #expect(try server.isReady)
  }

  @Test func `a client that goes takes its work with it`() async throws {
    let server = try await TestServer()
    let uploader = Uploader(server)
    let message = uploader.message(wave(seconds: 500), [:])
    do {
      let socket = try RawSocket(port: server.port)
      try socket.send(message.dropLast(10))
      try await eventually("it is there") { try server.figure("held_bytes") > 10 << 20 }
      socket.reset()
    }
    try await eventually("nothing is left") { try server.figure("held_bytes") == 0 }
    do {
      // All of it has come, and is being measured.
      let socket = try RawSocket(port: server.port)
      try socket.send(message)
      try await eventually("it is there") { try server.figure("processed_total") > 0 }
    }
    try await eventually("nothing is left") { try server.figure("clients") == 0 }
    #expect(try server.figure("processed_total") < 500)
    try await eventually("its process is gone") { ProcessTable.children(of: server.program.pid).count == 1 }
    #expect(try uploader.transcribe(wave(seconds: 1)).status == 200)
  }

  /// An upload without its last bytes, which the server holds.
  private func unfinished(_ server: TestServer) async throws -> (socket: RawSocket, rest: ArraySlice<UInt8>) {
    let message = Uploader(server).message(wave(seconds: 300), [:])
    let socket = try RawSocket(port: server.port)
    try socket.send(message.dropLast(10))
    try await eventually("it is there") { try server.figure("held_bytes") > 9 << 20 }
    return (socket, message.suffix(10))
  }

  @Test func `a server that is going refuses what it has not finished, so that it is sent elsewhere`() async throws {
    let server = try await TestServer()
    let (socket, rest) = try await unfinished(server)
    server.program.signal(SIGTERM)
    usleep(200_000)
    try? socket.send(rest)
    let answer = String(decoding: socket.receiveAll(), as: UTF8.self)
    #expect(answer.hasPrefix("HTTP/1.1 503 "), "\(answer)")
    #expect(try await server.program.ended() == .status(0))
  }

  @Test func `a client that has stopped sending is told, too, and holds nobody up`() async throws {
    let server = try await TestServer()
    let (socket, _) = try await unfinished(server)
    server.program.signal(SIGTERM)
    let answer = String(decoding: socket.receiveAll(), as: UTF8.self)
    #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nconnection: close\r\n"), "\(answer)")
    #expect(try await server.program.ended() == .status(0))
    #expect(!server.program.standardError.text.contains("closing clients with work unanswered"))
  }
}

/// A client that uploads as curl does.
private struct Uploader {
  private let port: Int

  init(_ server: TestServer) { port = server.port }

  struct Answer: Sendable {
    var head: String
    var body: String
    var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }
    var json: JSONValue? { try? JSONValue(parsing: body.utf8) }
  }

  func request(
    _ method: String, _ path: String, _ headers: [String: String], body: [UInt8] = []
  ) throws -> Answer {
    let socket = try RawSocket(port: port)
    var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    try? socket.send(Array((head + "\r\n").utf8) + body)
    return try answer(socket)
  }

  func answer(_ socket: RawSocket) throws -> Answer {
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n") else { throw TestFailure("no answer but \(text)") }
    return Answer(head: "\(text[..<gap.lowerBound])\r\n", body: String(text[gap.upperBound...]))
  }

  private static let boundary = "----form"

  private func form(_ file: [UInt8], _ fields: [String: String], name: String) -> [UInt8] {
    var body: [UInt8] = []
    for (name, value) in fields.merging(["model": "whisper-1"], uniquingKeysWith: { first, _ in first }) {
      body += Array(
        "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
    }
    let head = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n"
    return body + Array(head.utf8) + file + Array("\r\n--\(Self.boundary)--\r\n".utf8)
  }

  /// A whole request.
  func message(_ file: [UInt8], _ fields: [String: String]) -> [UInt8] {
    let body = form(file, fields, name: "a.wav")
    let head =
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
      + "Content-Type: multipart/form-data; boundary=\(Self.boundary)\r\nContent-Length: \(body.count)\r\n\r\n"
    return Array(head.utf8) + body
  }

  func transcribe(
    _ file: [UInt8], _ fields: [String: String] = [:], headers: [String: String] = [:], name: String = "a.wav",
    isChunked: Bool = false
  ) throws -> Answer {
    var headers = headers
    headers["Content-Type"] = "multipart/form-data; boundary=\(Self.boundary)"
    let body = form(file, fields, name: name)
    guard isChunked else {
      headers["Content-Length"] = "\(body.count)"
      return try request("POST", "/v1/audio/transcriptions", headers, body: body)
    }
    headers["Transfer-Encoding"] = "chunked"
    var pieces: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: 60_000) {
      let piece = body[start..<min(start + 60_000, body.count)]
      pieces += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
    }
    return try request("POST", "/v1/audio/transcriptions", headers, body: pieces + Array("0\r\n\r\n".utf8))
  }
}
