import CommandLine
import Testing
import Web
import WebSocket

@testable import Server

struct GatekeeperTests {
  /// Stands for a connection.
  private final class Mark {}

  private func gatekeeper(_ arguments: [String] = [], tokens: AuthTokens? = nil) throws -> Gatekeeper {
    let settings = try EntranceSettings(
      Settings(EntranceSettings.flags, arguments: arguments, environment: { _ in nil }))
    return Gatekeeper(settings, tokens: tokens, isOnLoopback: true)
  }

  private func request(
    _ path: String = "/api/audio/ws", network: String = "9.9.9.9", headers: [(name: String, value: String)] = []
  ) -> HTTPRequest {
    HTTPRequest(method: "GET", path: path, headers: headers, peer: "\(network):1", network: network)
  }

  private func status(_ decision: Gatekeeper.Decision) -> Int? {
    if case .refuse(let response) = decision { return response.status }
    return nil
  }

  @Test func `without tokens everyone is let in, with them only who shows one`() throws {
    let token = AuthToken.make()
    let entry = AuthTokens.Entry(name: "alice", salt: [UInt8](repeating: 1, count: 16), token: token)
    #expect(try gatekeeper().decide(request()) == .admit(Visitor(network: "9.9.9.9", holder: nil)))
    let guarded = try gatekeeper(tokens: AuthTokens(parsing: entry.line))
    let shown = request(headers: [("authorization", "Bearer \(token)")])
    #expect(guarded.decide(shown) == .admit(Visitor(network: "9.9.9.9", holder: "alice")))
    #expect(status(guarded.decide(request())) == 401)
    #expect(status(guarded.decide(request(headers: [("authorization", "Bearer x")]))) == 401)
    #expect(guarded.refusal(ofPlain: request("/api/audio/health")) == nil)
    let refusal = guarded.refusal(ofPlain: request("/api/audio/engines"))
    #expect(refusal?.status == 401)
    #expect(refusal?.headers.contains { $0.name == "www-authenticate" && $0.value.hasPrefix("Bearer") } == true)
    #expect(guarded.keeps(Visitor(network: "", holder: "alice")))
    #expect(!guarded.keeps(Visitor(network: "", holder: "bob")))
    #expect(!guarded.keeps(Visitor(network: "", holder: nil)))
    #expect(status(try gatekeeper(tokens: AuthTokens()).decide(shown)) == 401)
  }

  @Test func `an address and a token each have so many streams, and one more when one has gone`() throws {
    var gatekeeper = try gatekeeper(["--max-connections-per-address", "2", "--max-connections-per-token", "0"])
    let visitor = Visitor(network: "127.0.0.1", holder: nil)
    let connections = [Mark(), Mark()]
    for connection in connections { gatekeeper.enter(visitor, as: ObjectIdentifier(connection)) }
    guard case .refuse(let response) = gatekeeper.decide(request(network: "127.0.0.1")) else {
      Issue.record("a third was let in")
      return
    }
    #expect(response.status == 429)
    #expect(response.headers.contains { $0.name == "retry-after" })
    #expect(status(gatekeeper.decide(request(network: "127.0.0.2"))) == nil)
    gatekeeper.leave(ObjectIdentifier(Mark()))
    #expect(status(gatekeeper.decide(request(network: "127.0.0.1"))) == 429)
    gatekeeper.leave(ObjectIdentifier(connections[0]))
    #expect(status(gatekeeper.decide(request(network: "127.0.0.1"))) == nil)
  }

  @Test func `unless it is said, this machine's own addresses have any number`() throws {
    let limits = try EntranceSettings(Settings(EntranceSettings.flags, arguments: [], environment: { _ in nil })).limits
    #expect((limits.perAddress, limits.perToken, limits.sparesLoopback) == (1000, 1000, true))
    var two = ConnectionLimits(perAddress: 2, perToken: 3, sparesLoopback: true)
    for network in ["127.0.0.1", "::1", "9.9.9.9"] {
      for _ in 0..<2 { two.enter(Visitor(network: network, holder: nil)) }
    }
    #expect(two.refusal(of: Visitor(network: "127.0.0.1", holder: nil)) == nil)
    #expect(two.refusal(of: Visitor(network: "::1", holder: nil)) == nil)
    #expect(two.refusal(of: Visitor(network: "9.9.9.9", holder: nil)) != nil)
    for _ in 0..<3 { two.enter(Visitor(network: "127.0.0.1", holder: "alice")) }
    #expect(two.refusal(of: Visitor(network: "8.8.8.8", holder: "alice")) != nil)
    #expect(two.refusal(of: Visitor(network: "8.8.8.8", holder: "bob")) == nil)
  }

  @Test func `who sends more than a second's worth waits until the rest has passed, also under another name`() {
    var rates = ByteRates(bytesPerSecond: 1000)
    let alice = Visitor(network: "a", holder: "alice")
    #expect(rates.charge(1000, to: alice, at: .zero) == .zero)
    #expect(rates.charge(500, to: alice, at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: Visitor(network: "b", holder: "alice"), at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: Visitor(network: "a", holder: nil), at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: Visitor(network: "b", holder: nil), at: .zero) == .zero)
    #expect(rates.charge(750, to: alice, at: .seconds(1)) == .milliseconds(250))
    #expect(rates.charge(16_000_000, to: alice, at: .seconds(60)) == .seconds(15_999))
    var none = ByteRates(bytesPerSecond: 0)
    #expect(none.charge(1 << 40, to: alice, at: .zero) == .zero)
  }

  @Test func `buckets that are empty again are forgotten`() {
    var rates = ByteRates(bytesPerSecond: 1000)
    for number in 0..<3000 {
      _ = rates.charge(10, to: Visitor(network: "\(number)", holder: nil), at: .seconds(number))
    }
    #expect(rates.count <= 1024)
  }

  private static let origins: [(origin: String?, host: String?, list: String, loopback: Bool, allowed: Bool)] = [
    (nil, "a.example", "", false, true), ("http://a.example", "a.example", "", false, true),
    ("https://A.example", "a.EXAMPLE", "", false, true), ("https://a.example", "a.example:443", "", false, true),
    ("http://a.example:80", "a.example", "", false, true), ("http://a.example:8000", "a.example:8000", "", false, true),
    ("http://a.example", "a.example:8000", "", false, false), ("https://a.example", "a.example:80", "", false, false),
    ("http://b.example", "a.example", "", false, false), ("null", "a.example", "", false, false),
    ("", "a.example", "", false, false), ("http://a.example", nil, "", false, false),
    ("http://b.example", "a.example", "*", false, true), ("null", "a.example", "*", false, true),
    ("https://b.example", "a.example", "http://c.example, https://B.example:443", false, true),
    ("http://b.example", "a.example", "https://b.example", false, false),
    ("http://b.example.evil", "a.example", "http://b.example", false, false),
    ("http://127.0.0.1:8000", "127.0.0.1:8000", "", true, true), ("http://[::1]:8", "[::1]:8", "", true, true),
    ("http://localhost:8000", "localhost:8000", "", true, true),
    ("http://evil.example:8000", "evil.example:8000", "", true, false),
    ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", "", true, false),
    ("http://localhost.evil.example", "localhost.evil.example", "", true, false),
    ("http://evil.example", "evil.example", "http://evil.example", true, true),
  ]

  @Test(arguments: origins.indices)
  func `pages from here and from where it is allowed may open streams`(index: Int) {
    let part = Self.origins[index]
    let rule = OriginRule(list: part.list, isOnLoopback: part.loopback)
    #expect(rule.allows(origin: part.origin, host: part.host) == part.allowed, "\(part)")
  }

  @Test(arguments: [
    ["--tls-cert", "a"], ["--tls-key", "a"], ["--idle-timeout", "1"], ["--handshake-timeout", "0"],
    ["--max-bytes-per-second", "-1"], ["--max-connections-per-address", "many"],
  ])
  func `what can't be meant is a usage error`(arguments: [String]) {
    #expect(throws: UsageError.self) { try gatekeeper(arguments) }
  }
}
