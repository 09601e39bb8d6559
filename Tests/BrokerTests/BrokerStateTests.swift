import Testing

@testable import Broker

@Suite struct BrokerStateTests {
  private func info(_ members: String = "") throws -> ServerOperation {
    let json = "{\"version\":\"2.15.1\",\"max_payload\":1048576,\"headers\":true\(members)}"
    return .info(try Array(json.utf8).withUnsafeBytes { try ServerInfo(json: $0) })
  }

  private func isReady(_ step: BrokerState.Step) -> Bool { if case .ready = step { true } else { false } }

  @Test func `a client says who it is, asks for a sign, and is ready with it`() throws {
    var state = BrokerState(BrokerLogin(user: "m1", password: "a\"b"), name: "audio-server m1")
    var writer = ProtocolWriter()
    #expect(!isReady(try state.take(try info(), into: &writer)))
    let said = String(decoding: writer.bytes, as: UTF8.self)
    #expect(said.hasPrefix("CONNECT {") && said.hasSuffix("}\r\nPING\r\n"))
    #expect(said.contains(#""user":"m1","pass":"a\"b""#) && said.contains(#""no_responders":true"#))
    #expect(isReady(try state.take(.pong, into: &writer)))
    writer.reset()
    _ = try state.take(.ping, into: &writer)
    #expect(writer.bytes == Array("PONG\r\n".utf8))
  }

  @Test(arguments: [
    (#","tls_required":true"#, "TLS"), (#","auth_required":true"#, "--broker-credentials"),
    (#","headers":false"#, "headers"), (#","max_payload":1024"#, "1024 bytes"),
  ])
  func `a broker that lacks something is refused with the reason`(_ members: String, _ word: String) throws {
    var state = BrokerState(nil, name: "")
    var writer = ProtocolWriter()
    let operation = try info(members)
    let error = #expect(throws: BrokerError.self) { _ = try state.take(operation, into: &writer) }
    #expect(error?.description.contains(word) == true)
    #expect(writer.bytes.isEmpty)
  }

  @Test func `a login that is refused is an error, a right that is lacking later is none`() throws {
    var state = BrokerState(nil, name: "")
    var writer = ProtocolWriter()
    _ = try state.take(try info(), into: &writer)
    #expect(throws: BrokerError.refused("Authorization Violation")) {
      _ = try state.take(.error("Authorization Violation"), into: &writer)
    }
    var ready = BrokerState.established
    let step = try ready.take(.error("Permissions Violation"), into: &writer)
    guard case .complaint("Permissions Violation") = step else {
      Issue.record("not passed on")
      return
    }
  }
}
