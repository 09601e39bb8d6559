import Testing

@testable import Broker

@Suite struct BrokerStateTests {
  private func info(_ members: String = "", version: String = "2.15.1") throws -> ServerOperation {
    let json = "{\"version\":\"\(version)\",\"max_payload\":1048576,\"headers\":true\(members)}"
    return .info(try Array(json.utf8).withUnsafeBytes { try ServerInfo(json: $0) })
  }

  private func isReady(_ step: BrokerState.Step) -> Bool { if case .ready = step { true } else { false } }

  @Test func `a client says who it is, asks for a sign, and is ready with it`() throws {
    var state = BrokerState(BrokerTerms(login: .password(user: "m1", password: "a\"b")), name: "audio-server m1")
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
    (#","tls_verify":true"#, "--broker-cert"), (#","auth_required":true"#, "--broker-credentials"),
    (#","headers":false"#, "headers"), (#","max_payload":1024"#, "1024 bytes"),
  ])
  func `a broker that lacks something is refused with the reason`(_ members: String, _ word: String) throws {
    var state = BrokerState(BrokerTerms(), name: "")
    var writer = ProtocolWriter()
    let operation = try info(members)
    let error = #expect(throws: BrokerError.self) { _ = try state.take(operation, into: &writer) }
    #expect(error?.description.contains(word) == true)
    #expect(writer.bytes.isEmpty)
  }

  private func isTLS(_ step: BrokerState.Step) -> Bool { if case .startTLS = step { true } else { false } }

  @Test func `where the broker or the client requires TLS nothing is said before it`() throws {
    var demanding = BrokerTerms()
    demanding.requiresTLS = true
    for (terms, members) in [(BrokerTerms(), #","tls_required":true"#), (demanding, #","tls_available":true"#)] {
      var state = BrokerState(terms, name: "")
      var writer = ProtocolWriter()
      #expect(isTLS(try state.take(try info(members), into: &writer)))
      #expect(writer.bytes.isEmpty)
      #expect(throws: BrokerError.self) {
        var copy = state
        _ = try copy.take(.pong, into: &writer)
      }
      state.startedTLS(into: &writer)
      #expect(String(decoding: writer.bytes, as: UTF8.self).contains(#""tls_required":true"#))
      #expect(isReady(try state.take(.pong, into: &writer)))
    }
    var state = BrokerState(demanding, name: "")
    var writer = ProtocolWriter()
    let error = #expect(throws: BrokerError.self) { _ = try state.take(try info(), into: &writer) }
    #expect(error?.description.contains("offers no TLS") == true)
  }

  @Test func `over TLS from the start the broker introduces itself as usual`() throws {
    var terms = BrokerTerms()
    terms.requiresTLS = true
    var state = BrokerState(terms, name: "")
    var writer = ProtocolWriter()
    state.startedTLS(into: &writer)
    #expect(writer.bytes.isEmpty)
    #expect(!isTLS(try state.take(try info(#","tls_required":true"#), into: &writer)))
    #expect(!writer.bytes.isEmpty)
  }

  @Test func `a user with a key signs what the broker asks`() throws {
    let key = BrokerKey()
    var state = BrokerState(BrokerTerms(login: .key(key)), name: "")
    var writer = ProtocolWriter()
    let error = #expect(throws: BrokerError.self) { _ = try state.take(try info(), into: &writer) }
    #expect(error?.description.contains("nkey") == true)
    _ = try state.take(try info(#","nonce":"abc""#), into: &writer)
    let said = String(decoding: writer.bytes, as: UTF8.self)
    #expect(said.contains(#""nkey":"\#(key.publicKey)","sig":"\#(key.signature(of: "abc"))""#))
    #expect(!said.contains(key.seed))
  }

  @Test func `a version with known holes is refused by its name, unless it is wanted`() throws {
    var writer = ProtocolWriter()
    var state = BrokerState(BrokerTerms(), name: "")
    let error = #expect(throws: BrokerError.self) {
      _ = try state.take(try info(version: "2.9.10"), into: &writer)
    }
    #expect(error?.description.contains("2.9.10") == true && error?.description.contains("2.12.7") == true)
    var terms = BrokerTerms()
    terms.takesAnyVersion = true
    state = BrokerState(terms, name: "")
    _ = try state.take(try info(version: "2.9.10"), into: &writer)
    #expect(!writer.bytes.isEmpty)
  }

  @Test func `a login that is refused is an error, a right that is lacking later is none`() throws {
    var state = BrokerState(BrokerTerms(), name: "")
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
