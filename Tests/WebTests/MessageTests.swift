import Testing
import Web

/// Messages as they can come over the wire, from a client that sends its own bytes.
struct MessageTests {
  @Test func `binary and text messages arrive whole, each of its kind`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.send(2, [1, 2, 3])
    #expect(try client.text() == "binary 3: 6")
    try client.send(text: "aä")
    #expect(try client.text() == "text 3: \(97 + 195 + 164)")
  }

  @Test func `an empty message is delivered as an empty message of its kind`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.send(2, [])
    #expect(try client.text() == "binary 0: 0")
    try client.send(1, [])
    #expect(try client.text() == "text 0: 0")
    try client.send(2, [], isFinal: false)
    try client.send(0, [])
    #expect(try client.text() == "binary 0: 0")
  }

  @Test func `fragments are put together, with control frames between them`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    let piece = [UInt8](repeating: 3, count: 70_000)
    try client.send(2, piece, isFinal: false)
    try client.send(9, Array("now?".utf8))
    #expect(try client.next() == .init(opcode: 10, payload: Array("now?".utf8)))
    try client.send(0, [], isFinal: false)
    try client.send(10, Array("unasked".utf8))
    try client.send(0, piece, isFinal: false)
    try client.send(0, [4])
    #expect(try client.text() == "binary 140001: \(3 * 140_000 + 4)")
    try client.send(1, Array("ha".utf8), isFinal: false)
    try client.send(0, Array("llo".utf8))
    #expect(try client.text() == describeText("hallo"))
  }

  @Test(arguments: [1, 2, 3, 7, 125, 126, 127, 65535, 65536, 1 << 20]) func `a message arrives however it is cut`(
    size: Int
  ) throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    let sum = payload.reduce(UInt32(0)) { $0 &+ UInt32($1) }
    let bytes = RawClient.frame(2, payload)
    try client.write(bytes + bytes)
    for cut in [1, 2, 5, 6, 9, 13, bytes.count / 2, bytes.count - 1] where cut < bytes.count {
      try client.write(Array(bytes[..<cut]))
      try client.write(Array(bytes[cut...]))
      #expect(try client.text() == "binary \(size): \(sum)")
    }
    #expect(try client.text() == "binary \(size): \(sum)")
    #expect(try client.text() == "binary \(size): \(sum)")
  }

  @Test func `many messages in one piece are answered in order`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    var bytes: [UInt8] = []
    for number in 0..<5000 { bytes += RawClient.frame(2, [UInt8](repeating: 1, count: number % 700)) }
    try client.write(bytes)
    for number in 0..<5000 { #expect(try client.text() == "binary \(number % 700): \(number % 700)") }
  }

  @Test(arguments: [false, true]) func `a message over the limit is told of and closed with 1009`(fragmented: Bool)
    throws
  {
    let server = try InProcessServer { $0.maximumMessageBytes = 100_000 }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.send(2, [UInt8](repeating: 1, count: 100_000))
    #expect(try client.text() == "binary 100000: 100000")
    if fragmented {
      try client.send(2, [UInt8](repeating: 1, count: 60_000), isFinal: false)
      try client.send(0, [UInt8](repeating: 1, count: 40_001))
    } else {
      try client.send(2, [UInt8](repeating: 1, count: 100_001))
    }
    #expect(try client.text() == "\(ConnectionFault.messageTooLarge(isText: false, limitBytes: 100_000))")
    #expect(try client.next()?.closeCode == 1009)
    try client.send(8, [0x03, 0xF1])
    #expect(try client.next() == nil)
  }

  @Test func `a frame that announces more than the limit is refused before it has come`() throws {
    let server = try InProcessServer { $0.maximumMessageBytes = 1000 }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    // 2^62 bytes, of which there are ten.
    try client.write([0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 1, count: 10))
    #expect(try client.text().contains("messageTooLarge"))
    #expect(try client.next()?.closeCode == 1009)
  }

  @Test func `a long text is refused by its own limit`() throws {
    let server = try InProcessServer { $0.maximumTextBytes = 10 }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.send(text: "0123456789")
    #expect(try client.text().hasPrefix("text 10:"))
    try client.send(text: "0123456789a")
    #expect(try client.text() == "\(ConnectionFault.messageTooLarge(isText: true, limitBytes: 10))")
    #expect(try client.next()?.closeCode == 1009)
  }

  @Test func `text that is not UTF-8 is told of and closed with 1007`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    for bytes: [UInt8] in [[0xFF], [0x61, 0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80]] {
      let client = try RawClient(opening: "/ws", port: server.port)
      try client.send(1, bytes)
      #expect(try client.text().contains("invalidUTF8"))
      #expect(try client.next()?.closeCode == 1007)
    }
    // Cut inside a character is no fault.
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.send(1, [0xE2], isFinal: false)
    try client.send(0, [0x82, 0xAC])
    #expect(try client.text().hasPrefix("text 3:"))
  }

  @Test(arguments: [
    ("a control frame in fragments", RawClient.frame(9, [1], isFinal: false)),
    ("a continuation of nothing", RawClient.frame(0, [1])),
    ("an opcode nobody knows", RawClient.frame(3, [1])),
    ("a reserved bit", RawClient.frame(2, [1], reserved: 0x40)),
    ("a second message inside the first", RawClient.frame(2, [1], isFinal: false) + RawClient.frame(2, [1])),
    ("a ping of 126 bytes", RawClient.frame(9, [UInt8](repeating: 1, count: 126))),
  ]) func `a broken frame ends that connection and no other`(what: String, bytes: [UInt8]) throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let good = try RawClient(opening: "/ws", port: server.port)
    let bad = try RawClient(opening: "/ws", port: server.port)
    try bad.write(bytes)
    var last: RawClient.Frame?
    while let frame = try bad.next() {
      last = frame
      if frame.opcode == 8 { break }
    }
    #expect(last == nil || last?.closeCode == 1002, "\(what)")
    try good.send(2, [9])
    #expect(try good.text() == "binary 1: 9")
  }
}

func describeText(_ text: String) -> String {
  "text \(text.utf8.count): \(text.utf8.reduce(0) { $0 + Int($1) })"
}
