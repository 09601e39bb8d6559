import CommandLine
import Testing

@testable import Broker

@Suite struct BrokerSettingsTests {
  private func settings(_ arguments: String...) throws -> BrokerSettings? {
    try BrokerSettings(Settings(BrokerSettings.flags, arguments: arguments, environment: { _ in nil }))
  }

  @Test func `addresses are hosts and ports, with the standard port where there is none`() throws {
    let list = "nats://10.0.0.1:4300,nats://broker.example,nats://[::1]:4222/,nats://[fe80::1]"
    #expect(
      try settings("--broker", list, "--machine", "m")?.addresses == [
        BrokerAddress(host: "10.0.0.1", port: 4300), BrokerAddress(host: "broker.example", port: 4222),
        BrokerAddress(host: "::1", port: 4222), BrokerAddress(host: "fe80::1", port: 4222),
      ])
    #expect(try settings()?.addresses == nil)
  }

  @Test(arguments: [
    "localhost", "http://a", "nats://", "nats://a:0", "nats://a:x", "nats://a,", "nats://a/b", "nats://::1:4222",
  ])
  func `what is no address is refused`(_ url: String) throws {
    let error = #expect(throws: UsageError.self) { try settings("--broker", url) }
    #expect(error?.message.contains("nats://HOST:PORT") == true)
  }

  @Test(arguments: ["nats://user:secret@a:4222", "tls://secret@a"])
  func `a secret in a URL is refused with the reason, and never repeated`(_ url: String) throws {
    let error = #expect(throws: UsageError.self) { try settings("--broker", url) }
    #expect(error?.message.contains("list of processes") == true && error?.message.contains("secret") == false)
  }

  @Test func `TLS is required by the URL, or by a file for it`() throws {
    let plain = try #require(try settings("--broker", "nats://a,tls://b:4223", "--machine", "m"))
    #expect(plain.addresses.map { plain.terms(at: $0).requiresTLS } == [false, true])
    var given = plain
    given.tls.authorities = "ca.pem"
    #expect(given.addresses.map { given.terms(at: $0).requiresTLS } == [true, true])
  }

  @Test(arguments: [
    (["--broker-cert", "c.pem"], "--broker-key"), (["--broker-key", "k.pem"], "--broker-cert"),
    (["--broker-ca", "/dev/null"], "broker-ca: expected a file in PEM"),
    (["--broker-ca", "/nowhere"], "No such file"),
    (["--broker-cert", "/dev/null", "--broker-key", "/dev/null"], "broker-cert: expected a file in PEM"),
  ])
  func `files that cannot be used are refused at the start`(_ flags: [String], _ words: String) throws {
    let error = #expect(throws: UsageError.self) {
      _ = try BrokerSettings(
        Settings(
          BrokerSettings.flags, arguments: ["--broker", "nats://a", "--machine", "m"] + flags, environment: { _ in nil }
        ))
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `a login is two lines, or a seed`() throws {
    #expect(BrokerLogin(text: "m1\npass word\n") == .password(user: "m1", password: "pass word"))
    #expect(BrokerLogin(text: "m1\r\nsecret\r\n") == .password(user: "m1", password: "secret"))
    let key = BrokerKey()
    #expect(BrokerLogin(text: "\(key.seed)\n") == .key(key))
    for text in ["", "m1", "m1\n", "\nsecret", "m1\nsecret\nmore", "\(key.publicKey)\n"] {
      #expect(BrokerLogin(text: text) == nil)
    }
  }

  @Test func `a machine is one token, and a host's name is made one`() throws {
    #expect(throws: UsageError.self) { try settings("--broker", "nats://a", "--machine", "a.b") }
    #expect(throws: UsageError.self) { try settings("--machine", "a") }
    #expect(SubjectToken.made(from: "host.example.org") == "host_example_org")
    #expect(SubjectToken.made(from: "") == "machine")
    #expect(SubjectToken.life() != SubjectToken.life() && SubjectToken.isOne(SubjectToken.life()))
  }

  @Test func `brokers are tried in turn, at once at first, then ever more slowly`() {
    var policy = RedialPolicy(brokers: 2, first: 0)
    let attempts = (0..<8).map { _ in policy.attempt() }
    #expect(attempts.map(\.broker) == [0, 1, 0, 1, 0, 1, 0, 1])
    #expect(
      attempts.map(\.pause)
        == [0, 0, 100, 100, 200, 200, 400, 400].map { Duration.milliseconds($0) })
    var other = RedialPolicy(brokers: 2, first: 1)
    #expect([other.attempt().broker, other.attempt().broker] == [1, 0])
    for _ in 0..<100 { #expect(policy.attempt().pause <= RedialPolicy.longestPause) }
    policy.succeeded(0, beganWithTLS: false)
    #expect(policy.attempt().pause == .zero)
  }

  @Test func `a broker that wants TLS first is remembered, until it fails`() {
    var policy = RedialPolicy(brokers: 2, first: 0)
    #expect(!policy.beginsWithTLS(0))
    policy.succeeded(0, beganWithTLS: true)
    #expect(policy.beginsWithTLS(0) && !policy.beginsWithTLS(1))
    policy.failed(0)
    #expect(!policy.beginsWithTLS(0))
  }
}
