import Testing

@testable import Broker

@Suite struct ProtocolReaderTests {
  /// An operation with nothing borrowed.
  private func text(_ operation: ServerOperation) -> String {
    switch operation {
    case .info(let info): "info \(info.version) \(info.maximumPayload) \(info.requiresLogin)"
    case .ping: "ping"
    case .pong: "pong"
    case .ok: "ok"
    case .error(let reason): "error \(reason)"
    case .message(let message):
      "\(message.subscription) \(message.subject) \(message.status.map(String.init) ?? "-") "
        + String(decoding: message.payload, as: UTF8.self)
    }
  }

  private func read(_ input: String, inPiecesOf size: Int = .max) throws(BrokerError) -> [String] {
    var reader = ProtocolReader()
    var found: [String] = []
    var rest = Array(input.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      piece.withUnsafeBytes { reader.take($0) }
      while let operation = try reader.next() { found.append(text(operation)) }
    }
    return found
  }

  private static let session =
    "INFO {\"version\":\"2.15.1\",\"max_payload\":1048576,\"headers\":true}\r\nPONG\r\n+OK\r\n"
    + "MSG as.g.a.b 17 5\r\nhello\r\nMSG as.g.a.b\t17 reply.to 7\r\na\r\nb\r\nc\r\n"
    + "HMSG as.g.a.b 17 16 16\r\nNATS/1.0 503\r\n\r\n\r\nHMSG x 1 r 18 21\r\nNATS/1.0\r\nA: b\r\n\r\nxyz\r\n"
    + "MSG empty 2 0\r\n\r\nPING\r\n-ERR 'Unknown Protocol Operation'\r\n"

  private static let found = [
    "info 2.15.1 1048576 false", "pong", "ok", "17 as.g.a.b - hello", "17 as.g.a.b - a\r\nb\r\nc", "17 as.g.a.b 503 ",
    "1 x - xyz", "2 empty - ", "ping", "error Unknown Protocol Operation",
  ]

  @Test(arguments: [1, 2, 3, 5, 7, 11, 16, 64, Int.max])
  func `operations are the same in pieces of every size`(_ size: Int) throws {
    #expect(try read(Self.session, inPiecesOf: size) == Self.found)
  }

  @Test func `a payload larger than the memory comes out whole, and the memory serves on`() throws {
    let payload = String(repeating: "x", count: 300_000)
    let input = "MSG a 1 300000\r\n\(payload)\r\nMSG b 2 1\r\ny\r\n"
    #expect(try read(input, inPiecesOf: 4096) == ["1 a - \(payload)", "2 b - y"])
  }

  @Test(arguments: [
    "\r\n", "HELLO\r\n", "PING\n", "MSG a 1\r\n", "MSG a 1 r x 5\r\n", "MSG a b 5\r\n", "MSG a 1 -5\r\n",
    "MSG a 1 99999999999999999999\r\n", "MSG a 1 1048577\r\n", "MSG a 1 1\r\nxyz", "HMSG a 1 5 4\r\n",
    "HMSG a 1 4 4\r\nHTTP\r\n", "INFO {\r\n", "INFO []\r\n",
  ])
  func `what is not NATS is an error`(_ input: String) { #expect(throws: BrokerError.self) { try read(input) } }

  @Test func `a line without an end is an error once it is too long`() {
    let longest = ProtocolReader.longestLine
    #expect(throws: BrokerError.self) { try read(String(repeating: "x", count: longest + 1)) }
    #expect(throws: Never.self) { try read(String(repeating: "x", count: longest)) }
  }

  @Test func `bytes behind the last operation are kept for whoever reads on`() throws {
    var reader = ProtocolReader()
    Array("PONG\r\nPIN".utf8).withUnsafeBytes { reader.take($0) }
    _ = try reader.next()
    let next = try reader.next()
    if case .some = next { Issue.record("an operation without an end") }
    #expect(reader.rest == Array("PIN".utf8))
  }
}
