import Testing
import Web

@testable import SpeechClient

struct ServerAddressTests {
  @Test(arguments: [
    ("host", "ws://host:8000/api/audio/ws"), ("host:9000", "ws://host:9000/api/audio/ws"),
    ("127.0.0.1", "ws://127.0.0.1:8000/api/audio/ws"), ("localhost:80", "ws://localhost/api/audio/ws"),
    ("host/", "ws://host:8000/api/audio/ws"), ("host:8000/api/audio/ws", "ws://host:8000/api/audio/ws"),
    ("http://host", "ws://host:8000/api/audio/ws"), ("HTTP://host:8001/", "ws://host:8001/api/audio/ws"),
    ("https://host", "wss://host/api/audio/ws"), ("https://host:8443/", "wss://host:8443/api/audio/ws"),
    ("ws://host:8000", "ws://host:8000/api/audio/ws"), ("wss://host", "wss://host/api/audio/ws"),
    ("ws://host/api/audio/ws", "ws://host/api/audio/ws"),
    ("ws://host:8000//api/audio/ws/", "ws://host:8000/api/audio/ws"),
    ("http:///host:8000", "ws://host:8000/api/audio/ws"), ("ws://host:8000///", "ws://host:8000/api/audio/ws"),
    ("host?engine=mock", "ws://host:8000/api/audio/ws?engine=mock"), (" host:8000\n", "ws://host:8000/api/audio/ws"),
    ("https://host/?engine=speech", "wss://host/api/audio/ws?engine=speech"),
    ("https://host/voice/", "wss://host/voice/"), ("host/other?x=//", "ws://host:8000/other?x=//"),
    ("[::1]", "ws://[::1]:8000/api/audio/ws"), ("[::1]:9/", "ws://[::1]:9/api/audio/ws"),
    ("::1", "ws://[::1]:8000/api/audio/ws"), ("http://fe80::1/", "ws://[fe80::1]:8000/api/audio/ws"),
  ])
  func `an address is understood as people type it`(typed: String, wanted: String) throws {
    #expect(try "\(ServerAddress.url(typed))" == wanted)
  }

  @Test(arguments: [
    "", " ", "/", "ws://", "https:///", "ftp://host", "file:///a.wav", "host:port", "host:0", "host:", "a b",
    "u:p@host",
    "host#x", "ws:/host",
  ])
  func `an address that is none is refused as it was typed`(typed: String) {
    #expect { try ServerAddress.url(typed) } throws: { error in
      guard case .badURL(typed, let reason)? = error as? WebSocketError else { return false }
      return !reason.isEmpty
    }
  }
}
