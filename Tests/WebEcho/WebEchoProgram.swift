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
      let loop = try EventLoop()
      if let address = settings.string("client") {
        let client = AutobahnClient(
          try WebSocketURL(address), agent: settings.string("agent") ?? "web-echo", on: loop)
        client.run()
        return client.hasFailed ? 1 : 0
      }
      let port = try settings.integer("port", in: 0...65535) ?? 0
      var files: CertificateFiles?
      if let certificate = settings.string("tls-cert"), let key = settings.string("tls-key") {
        files = CertificateFiles(certificate: certificate, key: key)
      }
      let server = try EchoServer(port: port, certificate: files, on: loop)
      print("listening on \(files == nil ? "ws" : "wss")://127.0.0.1:\(server.port)")
      print("listening on tcp://127.0.0.1:\(server.tcpPort)")
      fflush(nil)
      for number in [SIGTERM, SIGINT] { loop.onSignal(number) { loop.stop() } }
      loop.run()
      return 0
    } catch let error as UsageError {
      throw error
    } catch {
      StandardError.write("WebEcho: \(error)")
      return 1
    }
  }
}
