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
    "localhost", "tls://a", "nats://", "nats://a:0", "nats://a:x", "nats://a,", "nats://a/b", "nats://::1:4222",
    "nats://user:secret@a:4222",
  ])
  func `what is no address is refused, and never repeated`(_ url: String) throws {
    let error = #expect(throws: UsageError.self) { try settings("--broker", url) }
    #expect(error?.message.contains("nats://HOST:PORT") == true && error?.message.contains("secret") == false)
  }

  @Test func `a login is two lines`() {
    #expect(BrokerLogin(lines: "m1\npass word\n") == BrokerLogin(user: "m1", password: "pass word"))
    #expect(BrokerLogin(lines: "m1\r\nsecret\r\n") == BrokerLogin(user: "m1", password: "secret"))
    for text in ["", "m1", "m1\n", "\nsecret", "m1\nsecret\nmore"] { #expect(BrokerLogin(lines: text) == nil) }
  }

  @Test func `a machine is one token, and a host's name is made one`() throws {
    #expect(throws: UsageError.self) { try settings("--broker", "nats://a", "--machine", "a.b") }
    #expect(throws: UsageError.self) { try settings("--machine", "a") }
    #expect(SubjectToken.made(from: "host.example.org") == "host_example_org")
    #expect(SubjectToken.made(from: "") == "machine")
    #expect(SubjectToken.life() != SubjectToken.life() && SubjectToken.isOne(SubjectToken.life()))
  }

  @Test func `brokers are tried in turn, at once at first, then ever more slowly`() {
    var policy = RedialPolicy(brokers: 2)
    let attempts = (0..<8).map { _ in policy.attempt() }
    #expect(attempts.map(\.broker) == [0, 1, 0, 1, 0, 1, 0, 1])
    #expect(
      attempts.map(\.pause)
        == [0, 0, 100, 100, 200, 200, 400, 400].map { Duration.milliseconds($0) })
    for _ in 0..<100 { #expect(policy.attempt().pause <= RedialPolicy.longestPause) }
    policy.succeeded()
    #expect(policy.attempt().pause == .zero)
  }
}
