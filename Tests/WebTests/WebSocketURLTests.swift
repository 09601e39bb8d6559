import Testing
import Web

struct WebSocketURLTests {
  @Test func `host, port, path and query are told apart`() throws {
    let url = try WebSocketURL("ws://example.org:8000/api/audio/ws?encoding=u8")
    #expect(url.host == "example.org")
    #expect(url.port == 8000)
    #expect(url.path == "/api/audio/ws?encoding=u8")
    #expect(!url.secure)
    #expect(url.description == "ws://example.org:8000/api/audio/ws?encoding=u8")
  }

  @Test func `port and path have defaults`() throws {
    #expect(try WebSocketURL("ws://a").port == 80)
    #expect(try WebSocketURL("WSS://a").port == 443)
    #expect(try WebSocketURL("ws://a").path == "/")
    #expect(try WebSocketURL("ws://a?b=1").path == "/?b=1")
    #expect(try WebSocketURL("wss://a/").description == "wss://a/")
  }

  @Test func `an IPv6 address stands in brackets`() throws {
    let url = try WebSocketURL("ws://[::1]:9/x")
    #expect(url.host == "::1")
    #expect(url.port == 9)
    #expect(url.authority == "[::1]:9")
    #expect(try WebSocketURL("ws://[::1]").authority == "[::1]")
  }

  @Test(arguments: [
    "", "a", "http://a", "ws:/a", "ws://", "ws:///x", "ws://:80", "ws://a:0", "ws://a:65536", "ws://a:b", "ws://a:",
    "ws://a:-1",
    "ws://::1", "ws://[::1", "ws://[::1]x", "ws://u:p@a", "ws://a/#f", "ws://a /x", "ws://a/ä", "ws://a/x\r\nb: c",
    "ws://a:+8", "ws://[[]/", "ws://a]b", "ws://a\\b", "ws://\"a\"",
  ]) func `no address is refused with a reason`(text: String) {
    #expect { _ = try WebSocketURL(text) } throws: { error in
      guard case .badURL(text, let reason)? = error as? WebSocketError else { return false }
      return !reason.isEmpty
    }
  }

  @Test func `query items are appended encoded`() throws {
    let url = try WebSocketURL("ws://a/x")
    #expect(url.appending(query: "k", "a b&c=ä").path == "/x?k=a%20b%26c%3D%C3%A4")
    #expect(url.appending(query: "a", "1").appending(query: "b", "\n").path == "/x?a=1&b=%0A")
    #expect(url.appending(query: "").path == "/x")
    #expect(url.appending(query: "a=1&b=2").path == "/x?a=1&b=2")
  }
}
