import CommandLine
import Glibc
import IO
import Platform
import Web

/// Echoes what it is sent, by every means that Web and IO have, so that other implementations can be tried on them:
/// WebSocket messages, bodies of requests, server-sent events, a static file and raw TCP.
///
/// `WebEcho --port 0` serves; `WebEcho --client URL` runs the cases of an Autobahn fuzzing server.
@main
struct WebEchoProgram {
  static let flags =
    [
      Flag("port", "PORT", fallback: "0", "The port to listen on; 0 takes a free one."),
      Flag("loops", "N", fallback: "1", "Loops on threads of their own behind the port."),
      Flag("client", "URL", "Be a client: run all cases of the Autobahn fuzzing server at this address."),
      Flag("agent", "NAME", variables: ["AUTOBAHN_AGENT"], fallback: "web-echo", "The name in the server's report."),
      Flag("tls-cert", "FILE", "Use TLS with this certificate chain (PEM)."),
      Flag("tls-key", "FILE", "Private key of the certificate (PEM)."),
    ] + Flag.common

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do throws(UsageError) {
      let settings = try Settings(
        flags, arguments: Array(CommandLine.arguments.dropFirst()), environment: environmentVariable)
      if try settings.isOn("help") { return print("Usage: WebEcho [flags]\n\n" + Flag.table(flags)) }
      if try settings.isOn("version") { return print("WebEcho \(serviceVersion)") }
      exit(try run(settings))
    } catch {
      StandardError.write("WebEcho: \(error.message)")
      exit(2)
    }
  }

  private static func run(_ settings: Settings) throws(UsageError) -> Int32 {
    do {
      if let address = settings.string("client") {
        let client = AutobahnClient(
          try WebSocketURL(address), agent: settings.string("agent") ?? "web-echo", on: try EventLoop())
        return client.run() ? 0 : 1
      }
      try serve(
        port: try settings.integer("port", in: 0...65535) ?? 0, loops: try settings.integer("loops", in: 1...64) ?? 1,
        certificate: try certificate(settings))
      return 0
    } catch let error as UsageError {
      throw error
    } catch {
      StandardError.write("WebEcho: \(error)")
      return 1
    }
  }

  private static func certificate(_ settings: Settings) throws(UsageError) -> CertificateFiles? {
    switch (settings.string("tls-cert"), settings.string("tls-key")) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return CertificateFiles(certificate: certificate, key: key)
    case (_?, nil): throw UsageError("--tls-cert: expected --tls-key with it")
    case (nil, _?): throw UsageError("--tls-key: expected --tls-cert with it")
    }
  }

  private static func serve(port: Int, loops: Int, certificate: CertificateFiles?) throws {
    let shared = SharedPort(servers: loops)
    let servers = try (0..<loops).map { index in
      try EchoServer(sharing: shared, as: index, of: loops, certificate: certificate)
    }
    let first = servers[0]
    try first.listen(port: port)
    let threads = try servers.dropFirst().map { server in
      nonisolated(unsafe) let server = server
      return try SystemThread { server.run() }
    }
    print("listening on \(certificate == nil ? "ws" : "wss")://127.0.0.1:\(first.port)")
    print("listening on tcp://127.0.0.1:\(first.tcpPort)")
    fflush(nil)
    for number in [SIGTERM, SIGINT] { first.onSignal(number) { for server in servers { server.stop() } } }
    first.run()
    for thread in threads { thread.join() }
  }
}
