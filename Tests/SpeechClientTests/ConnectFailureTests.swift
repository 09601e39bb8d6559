import Testing
import Web

@testable import SpeechClient

struct ConnectFailureTests {
  private static let place = "ws://host:8000/api/audio/ws"

  private func failure(_ error: WebSocketError, place: String = place, body: String? = nil) -> ConnectFailure {
    ConnectFailure(error, place: place, body: body)
  }

  @Test func `TLS and no TLS mixed up are told with the address that is meant, and not tried again`() {
    let plain = failure(.speaksTLS)
    #expect(plain.reason == "the server at \(Self.place) speaks TLS: use wss://host:8000/api/audio/ws")
    let secure = failure(.speaksNoTLS, place: "wss://host:8000/api/audio/ws")
    #expect(secure.reason == "the server at wss://host:8000/api/audio/ws speaks no TLS: use \(Self.place)")
    #expect(plain.isPermanent && secure.isPermanent)
  }

  @Test(arguments: [
    ("https://other.example/ws", "https://other.example/ws"), ("//other.example/ws", "ws://other.example/ws"),
    ("/voice/ws?a=b", "ws://host:8000/voice/ws?a=b"), ("ws", "ws"),
  ])
  func `a redirect is told as a whole address`(location: String, whole: String) {
    let failure = failure(.redirected(status: 301, location: location))
    #expect(
      failure.reason
        == "the server at \(Self.place) redirects with HTTP status 301 to \(whole): use that address")
    #expect(failure.isPermanent)
  }

  @Test func `a proxy is named, and one that cannot be used is not tried again`() {
    let failed = failure(.proxyFailed(proxy: "p:3128", reason: "Connection refused"))
    #expect(
      failed.reason == "no server at \(Self.place): no connection through the proxy p:3128: Connection refused")
    #expect(!failed.isPermanent)
    let odd = failure(.badProxy(variable: "all_proxy", proxy: "socks5://p:1"))
    #expect(odd.reason == #"all_proxy: expected http://HOST:PORT, got "socks5://p:1""#)
    #expect(odd.isPermanent)
  }

  @Test func `the system's and the server's own words are told`() {
    #expect(
      failure(.unreachable(reason: "Connection refused")).reason == "no server at \(Self.place): Connection refused")
    let refused = failure(
      .refused(status: 503, retryAfterSeconds: 60), body: #"{"error":"no model","code":"engine_unavailable"}"#)
    #expect(refused.reason.hasSuffix("refused with HTTP status 503, try again in 60 s: no model"))
    #expect((refused.isPermanent, refused.isEngineUnavailable, refused.retryAfter) == (false, true, .seconds(60)))
  }
}
