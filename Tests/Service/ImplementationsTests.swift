import Glibc
import Support
import Testing

/// Other implementations of HTTP and WebSocket on ours: messages, bodies in pieces, server-sent events, a static file,
/// raw TCP.
@Suite struct ImplementationsTests {
  private static let clients = [
    "NODE_PATH=/usr/share/nodejs node Tests/WebEcho/Clients/ws.js",
    "/usr/bin/python3 Tests/WebEcho/Clients/aiohttp_client.py",
    "/usr/bin/python3 Tests/WebEcho/Clients/websocket_client.py",
  ]

  @Test(arguments: clients) func `a WebSocket client of others gets back what it sends`(client: String) async throws {
    let echo = try await EchoProgram()
    #expect(try ShellCommand.run("cd \(TextFile.repository) && \(client) \(echo.url)") == "ok\n")
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"), arguments: clients)
  func `the same over TLS`(client: String) async throws {
    let files = try TestCertificates()
    let echo = try await EchoProgram(["--tls-cert", files.certificate, "--tls-key", files.key])
    #expect(
      try ShellCommand.run("cd \(TextFile.repository) && \(client) \(echo.url) \(files.authority)") == "ok\n")
  }

  @Test func `a connection moves to another loop before its first message`() async throws {
    let echo = try await EchoProgram(["--loops", "3"])
    #expect(try Self.moved(echo) == "ok\n")
    let code = try ShellCommand.run("curl -s -o /dev/null -w '%{http_code}' \(Self.upgrade) \(echo.http)/loops/3")
    #expect(code == "404")
    #expect(try await echo.stop() == .status(0))
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `a connection with TLS does so, too`() async throws {
    let files = try TestCertificates()
    let echo = try await EchoProgram(["--loops", "3", "--tls-cert", files.certificate, "--tls-key", files.key])
    #expect(try Self.moved(echo, files.authority) == "ok\n")
    #expect(try await echo.stop() == .status(0))
  }

  private static func moved(_ echo: EchoProgram, _ authority: String = "") throws -> String {
    try ShellCommand.run(
      "cd \(TextFile.repository) && /usr/bin/python3 Tests/WebEcho/Clients/moved.py \(echo.url) 3 \(authority)")
  }

  private static let upgrade =
    "-H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' "
    + "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='"

  @Test func `a malformed subprotocol is not agreed to, and HEAD is answered like GET`() async throws {
    let echo = try await EchoProgram()
    let code = "curl -s -o /dev/null -w '%{http_code}'"
    #expect(
      try ShellCommand.run("\(code) \(Self.upgrade) -H 'Sec-WebSocket-Protocol: a b' \(echo.http)/") == "400")
    for path in ["/events", "/file"] { #expect(try ShellCommand.run("\(code) -I \(echo.http)\(path)") == "200") }
    withExtendedLifetime(echo) {}
  }

  @Test(arguments: ["--tls-cert", "--tls-key"])
  func `half of a certificate is refused`(flag: String) async throws {
    let run = try await Program.run("WebEcho", [flag, "file"])
    #expect(run.end == .status(2))
    #expect(run.standardError.text.hasPrefix("WebEcho: \(flag): expected --tls-"))
  }

  @Test(arguments: [("3", true, "3 cases have run\n", ""), ("0", false, "", "no cases"), ("x", false, "", "no cases")])
  func `the client role tells how many cases it has run, and fails without any`(
    count: String, isFine: Bool, told: String, complaint: String
  ) async throws {
    let script = """
      import aiohttp.web as web
      async def serve(request):
          socket = web.WebSocketResponse()
          await socket.prepare(request)
          if request.path == '/getCaseCount': await socket.send_str('\(count)')
          await socket.close()
          return socket
      async def listen():
          runner = web.AppRunner(web.Application()); runner.app.router.add_get('/{path}', serve)
          await runner.setup(); site = web.TCPSite(runner, '127.0.0.1', 0); await site.start()
          print(runner.addresses[0][1], flush=True)
          await asyncio.sleep(3600)
      import asyncio; asyncio.run(listen())
      """
    let server = try Program("/usr/bin/python3", ["-c", script])
    try await eventually("the server listens") { !server.standardOutput.lines.isEmpty }
    let run = try await Program.run("WebEcho", ["--client", "ws://127.0.0.1:\(server.standardOutput.lines[0])"])
    #expect(run.end == .status(isFine ? 0 : 1))
    #expect(run.standardOutput.text == told)
    #expect(run.standardError.text.contains(complaint))
  }

  @Test func `the client role does not wait for a server that is no fuzzing server`() async throws {
    let echo = try await EchoProgram()
    let run = try await Program.run("WebEcho", ["--client", echo.url])
    #expect(run.end == .status(1))
    #expect(run.standardError.text.contains("expected an Autobahn fuzzing server"))
  }

  @Test func `curl gets a static file once, and 304 with its tag`() async throws {
    let echo = try await EchoProgram()
    let file = echo.http + "/file"
    #expect(try ShellCommand.run("curl -s \(file) | wc -c").contains("61440"))
    let head = try ShellCommand.run("curl -sI \(file)")
    #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("content-length: 61440"))
    let tag = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("etag: ") }?.dropFirst(6))
    let known = try ShellCommand.run("curl -s -o /dev/null -w '%{http_code}' -H 'If-None-Match: \(tag)' \(file)")
    #expect(known == "304")
    withExtendedLifetime(echo) {}
  }

  @Test(arguments: ["", "-H 'Expect: 100-continue'", "-H 'Transfer-Encoding: chunked'"])
  func `curl gets back a body of any size, on a connection that goes on`(flags: String) async throws {
    let echo = try await EchoProgram()
    let folder = try TemporaryFolder()
    let sent = folder.path + "/sent"
    try ShellCommand.run("head -c 20000000 /dev/urandom >\(sent)")
    let one = "\(flags) --data-binary @\(sent) \(echo.http)/echo"
    let codes = try ShellCommand.run(
      "curl -s -w '%{http_code} %{num_connects}\\n' -o \(sent).1 \(one) --next -s -w '%{http_code} %{num_connects}\\n' "
        + "-o \(sent).2 \(one)")
    #expect(codes == "200 1\n200 0\n")
    for number in 1...2 { try ShellCommand.run("cmp \(sent) \(sent).\(number)") }
  }

  @Test func `a refused upgrade and a request without one are plain HTTP`() async throws {
    let echo = try await EchoProgram()
    let code = try ShellCommand.run(
      "curl -s -o /dev/null -w '%{http_code}' -H 'Upgrade: websocket' -H 'Connection: Upgrade' \(echo.http)/")
    #expect(code == "426")
    #expect(try ShellCommand.run("curl -s \(echo.http)/nowhere") == "no such path\n")
  }

  @Test func `raw TCP is echoed to its end, after the peer has shut down its side`() async throws {
    let echo = try await EchoProgram()
    let script = """
      import socket, threading
      s = socket.create_connection(('127.0.0.1', \(echo.tcpPort)))
      sent = bytes(range(256)) * 40000
      def send(): s.sendall(sent); s.shutdown(socket.SHUT_WR)
      threading.Thread(target=send).start()
      heard = b''
      while True:
          piece = s.recv(65536)
          if not piece: break
          heard += piece
      print(heard == sent)
      """
    #expect(try ShellCommand.run("/usr/bin/python3 -c \"\(script)\"") == "True\n")
  }
}

/// A running WebEcho.
private final class EchoProgram {
  private let program: Program
  private(set) var url = ""
  private(set) var tcpPort = 0

  init(_ flags: [String] = []) async throws {
    let program = try Program("WebEcho", ["--port", "0"] + flags)
    self.program = program
    try await eventually("WebEcho listens") { program.standardOutput.lines.count >= 2 }
    for line in program.standardOutput.lines {
      let address = line.split(separator: " ").last.map(String.init) ?? ""
      if address.hasPrefix("ws") {
        url = address.replacing("127.0.0.1", with: "localhost")
      } else {
        tcpPort = address.split(separator: ":").last.flatMap { Int($0) } ?? 0
      }
    }
  }

  func stop() async throws -> ProgramEnd {
    program.signal(SIGTERM)
    return try await program.ended()
  }

  var http: String { url.replacing("wss:", with: "https:").replacing("ws:", with: "http:") }
}
