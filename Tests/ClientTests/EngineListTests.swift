import Testing
import Wire

@testable import Client

struct EngineListTests {
  private func list(_ text: String) throws -> EngineList? { EngineList(try JSONValue(parsing: text)) }

  private let two =
    #"{"default":"speech","engines":[{"engine":"mock","state":"ready"},{"engine":"speech","state":"unavailable","reason":"run Scripts/setup-speech"}]}"#

  @Test func `an engine that can't be had is told with the server's reason`() throws {
    let list = try list(two)
    #expect(list?.objection(to: "mock") == nil)
    #expect(list?.objection(to: "speech") == "engine speech is unavailable: run Scripts/setup-speech")
    #expect(list?.objection(to: nil) == list?.objection(to: "speech"))
    #expect(list?.objection(to: "magic") == "it has no engine \"magic\"; there are mock, speech")
  }

  @Test func `an engine that is on its way is waited for, and what is no list says nothing`() throws {
    #expect(try list(#"{"engines":[{"engine":"speech","state":"starting"}]}"#)?.objection(to: "speech") == nil)
    #expect(try list(#"{"status":"ok"}"#) == nil)
  }

  @Test func `the question goes to the stream's own place`() {
    #expect(EngineInquiry.path(beside: "/api/audio/ws?a=b") == "/api/audio/engines")
    #expect(EngineInquiry.path(beside: "/proxy/ws") == "/proxy/engines")
    #expect(EngineInquiry.path(beside: "/socket") == nil)
  }

  @Test func `an answer's body is what its length says, or all of it when it is over`() {
    func body(_ text: String, isWhole: Bool = false) -> String? {
      PlainHTTP.body(of: Array(text.utf8), isWhole: isWhole).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x") == "{}")
    #expect(body("HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\n{}", isWhole: true) == nil)
    #expect(body("HTTP/1.1 200 OK\r\n\r\n{}") == nil)
    #expect(body("HTTP/1.1 200 OK\r\n\r\n{}", isWhole: true) == "{}")
    #expect(body("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}") == nil)
    #expect(body("HTTP/1.1 200 OK\r\nContent-Le", isWhole: true) == nil)
    #expect(body("", isWhole: true) == nil)
  }
}
