import Testing
import Web

/// Messages that may wait for the next one.
struct HeldMessageTests {
  @Test func `a message that may wait comes though no other follows, each time`() throws {
    let server = try InProcessServer {
      $0.received = { connection, _, _ in
        for text in ["a", "b"] { connection.send(text: text, mayWait: true) }
      }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    for _ in 0..<20 {
      try client.send(2, [0])
      #expect(try client.text() == "a")
      #expect(try client.text() == "b")
    }
  }

  @Test func `it comes before what is sent after it, and before a close`() throws {
    let server = try InProcessServer {
      $0.received = { connection, bytes, _ in
        switch bytes[0] {
        case 0: connection.send(text: "waits", mayWait: true)
        case 1: connection.send(text: "hurries")
        default: connection.close(code: 1001)
        }
      }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    for kind: UInt8 in [0, 1, 0, 0, 1, 0, 2] { try client.send(2, [kind]) }
    for text in ["waits", "hurries", "waits", "waits", "hurries", "waits"] { #expect(try client.text() == text) }
    #expect(try client.next()?.closeCode == 1001)
  }

  @Test func `who goes while a message waits takes no other's message along`() throws {
    let server = try InProcessServer {
      $0.received = { connection, bytes, _ in
        connection.send(text: "waits", mayWait: true)
        if bytes[0] == 1 { connection.drop() }
      }
    }
    defer { server.stop() }
    let staying = try RawClient(opening: "/ws", port: server.port)
    for _ in 0..<20 {
      let dropped = try RawClient(opening: "/ws", port: server.port)
      try dropped.send(2, [1])
      // Let go of at once: its end is a reset, with a message on its way.
      try RawClient(opening: "/ws", port: server.port).send(2, [0])
      try staying.send(2, [0])
      #expect(try staying.text() == "waits")
    }
  }
}
