import CommandLine
import Dialects
import Testing
import Web

@testable import Server

struct AccessControlTests {
  /// Stands for a connection.
  private final class Connection {}

  private static let credentials: [DialectPolicy.Credential] = [
    .authorization(scheme: "bearer"), .query("token"), .subprotocol(prefix: "token."),
  ]

  private func control(_ arguments: [String] = [], tokens: AuthTokens? = nil) throws -> AccessControl {
    let settings = try EntranceSettings(
      Settings(EntranceSettings.flags, arguments: arguments, environment: { _ in nil }))
    return AccessControl(settings, tokens: tokens, isOnLoopback: true)
  }

  private func request(
    _ path: String = "/api/audio/ws", network: String = "9.9.9.9", headers: [(name: String, value: String)] = []
  ) -> HTTPRequest {
    HTTPRequest(method: "GET", path: path, headers: headers, peer: "\(network):1", network: network)
  }

  private func decide(_ control: AccessControl, _ request: HTTPRequest) -> AccessControl.Decision {
    control.decide(request, Self.credentials)
  }

  @Test func `without tokens every client is admitted, with them one that presents a known token`() throws {
    let token = AuthToken.make()
    let entry = AuthTokens.Entry(name: "alice", salt: [UInt8](repeating: 1, count: 16), token: token)
    #expect(try decide(control(), request()) == .admit(ClientIdentity(network: "9.9.9.9", holder: nil)))
    let guarded = try control(tokens: AuthTokens(parsing: entry.line))
    let authorized = request(headers: [("authorization", "Bearer \(token)")])
    #expect(decide(guarded, authorized) == .admit(ClientIdentity(network: "9.9.9.9", holder: "alice", role: .stream)))
    #expect(decide(guarded, request()) == .reject(.tokenMissing))
    #expect(decide(guarded, request(headers: [("authorization", "Bearer x")])) == .reject(.tokenUnknown))
    #expect(try decide(control(tokens: AuthTokens()), authorized) == .reject(.tokenUnknown))
  }

  @Test func `other requests need the same token, but may come from any page`() throws {
    let guarded = try control(tokens: AuthTokens())
    let foreign = request("/api/audio/engines", headers: [("origin", "http://b.example"), ("host", "a.example")])
    #expect(guarded.identify(foreign, Self.credentials) == .reject(.tokenMissing))
    #expect(
      try control().identify(foreign, Self.credentials) == .admit(ClientIdentity(network: "9.9.9.9", holder: nil)))
    #expect(try decide(control(), foreign) == .reject(.originNotAllowed))
  }

  @Test func `a dialect says where a request may carry a token`() throws {
    let token = AuthToken.make()
    let entry = AuthTokens.Entry(name: "alice", salt: [UInt8](repeating: 1, count: 16), token: token)
    let guarded = try control(tokens: AuthTokens(parsing: entry.line))
    let keyed = request(headers: [("authorization", "Token \(token)")])
    #expect(guarded.decide(keyed, Self.credentials) == .reject(.tokenUnknown))
    #expect(
      guarded.decide(keyed, [.authorization(scheme: "token")])
        == .admit(ClientIdentity(network: "9.9.9.9", holder: "alice", role: .stream)))
    #expect(guarded.decide(keyed, [.query("token")]) == .reject(.tokenMissing))
  }

  @Test func `clients of other services carry theirs in several places, of which the first that has one counts`() throws
  {
    let token = AuthToken.make()
    let entry = AuthTokens.Entry(name: "alice", salt: [UInt8](repeating: 1, count: 16), token: token)
    let guarded = try control(tokens: AuthTokens(parsing: entry.line))
    func isAdmitted(_ request: HTTPRequest) -> Bool {
      if case .admit(let client) = guarded.decide(request, DialectPolicy.Credential.customary) {
        return client.holder == "alice"
      }
      return false
    }
    for value in ["Bearer \(token)", "bearer \(token)", "TOKEN \(token)", token] {
      #expect(isAdmitted(request(headers: [("authorization", value)])), "\(value)")
    }
    #expect(isAdmitted(request(headers: [("x-api-key", token)])))
    for offer in ["token, \(token)", "Bearer,\(token)"] {
      #expect(isAdmitted(request(headers: [("sec-websocket-protocol", offer)])), "\(offer)")
    }
    for name in ["token", "jwt"] {
      let query = [HTTPRequest.QueryItem(name: name, value: token)]
      #expect(isAdmitted(HTTPRequest(method: "GET", path: "/v1/listen", query: query, network: "9.9.9.9")))
    }
    #expect(!isAdmitted(request(headers: [("authorization", "Bearer wrong"), ("x-api-key", token)])))
    #expect(!isAdmitted(request(headers: [("sec-websocket-protocol", token)])))
  }

  @Test func `a token's role says what its holder may do`() throws {
    let tokens = TokenRole.allCases.map { (role: $0, token: AuthToken.make()) }
    let text = tokens.map { role, token in
      AuthTokens.Entry(name: role.rawValue, salt: [UInt8](repeating: 1, count: 16), token: token, role: role).line
    }.joined(separator: "\n")
    let guarded = try control(tokens: AuthTokens(parsing: text))
    for (role, token) in tokens {
      let request = request(headers: [("authorization", "Bearer \(token)"), ("host", "localhost")])
      let client = ClientIdentity(network: "9.9.9.9", holder: role.rawValue, role: role)
      #expect(guarded.identify(request, Self.credentials) == .admit(client))
      #expect(
        decide(guarded, request) == (role == .metrics ? .reject(.roleNotAllowed("metrics")) : .admit(client)))
      #expect(
        guarded.refusesList(to: client, request) == (role == .operator ? nil : .operatorsOnly(hasTokens: true)))
    }
  }

  @Test(arguments: [
    ("127.0.0.1", "localhost:8000", true), ("::1", "[::1]:8000", true), ("127.0.0.1", "127.0.0.2", true),
    ("9.9.9.9", "localhost", false), ("127.0.0.1", "voice.example", false), ("127.0.0.1", "127.evil.example", false),
    ("127.0.0.1", nil, false), ("unix", "localhost", false),
  ])
  func `without tokens only this machine lists streams, and no proxy or foreign name on it`(
    _ network: String, _ host: String?, _ isAllowed: Bool
  ) throws {
    let request = request(network: network, headers: host.map { [("host", $0)] } ?? [])
    #expect(
      try control().refusesList(to: ClientIdentity(network: network), request)
        == (isAllowed ? nil : .operatorsOnly(hasTokens: false)))
  }

  @Test func `a client stays while its token is known`() throws {
    let entry = AuthTokens.Entry(name: "alice", salt: [UInt8](repeating: 1, count: 16), token: AuthToken.make())
    let guarded = try control(tokens: AuthTokens(parsing: entry.line))
    #expect(guarded.keeps(ClientIdentity(network: "", holder: "alice")))
    #expect(!guarded.keeps(ClientIdentity(network: "", holder: "bob")))
    #expect(guarded.keeps(ClientIdentity(network: "", holder: nil)))
    #expect(try control().keeps(ClientIdentity(network: "", holder: nil)))
  }

  @Test func `an address may have so many streams open, and another one when one has closed`() throws {
    var control = try control(["--max-connections-per-address", "2", "--max-connections-per-token", "0"])
    let client = ClientIdentity(network: "127.0.0.1", holder: nil)
    let connections = [Connection(), Connection()]
    for connection in connections { control.opened(ObjectIdentifier(connection), by: client) }
    let full = AccessControl.Decision.reject(.tooManyStreams(.ofAddress(limit: 2)))
    #expect(decide(control, request(network: "127.0.0.1")) == full)
    #expect(decide(control, request(network: "127.0.0.2")) != full)
    control.closed(ObjectIdentifier(Connection()))
    #expect(decide(control, request(network: "127.0.0.1")) == full)
    control.closed(ObjectIdentifier(connections[0]))
    #expect(decide(control, request(network: "127.0.0.1")) == .admit(client))
  }

  @Test func `unless it is configured, addresses of this machine have no limit`() throws {
    let limits = try EntranceSettings(Settings(EntranceSettings.flags, arguments: [], environment: { _ in nil })).limits
    #expect((limits.perAddress, limits.perToken, limits.sparesLoopback) == (1000, 1000, true))
    var two = ConnectionLimits(perAddress: 2, perToken: 3, sparesLoopback: true)
    for network in ["127.0.0.1", "::1", "9.9.9.9"] {
      for _ in 0..<2 { two.opened(by: ClientIdentity(network: network, holder: nil)) }
    }
    #expect(two.excess(of: ClientIdentity(network: "127.0.0.1", holder: nil)) == nil)
    #expect(two.excess(of: ClientIdentity(network: "::1", holder: nil)) == nil)
    #expect(two.excess(of: ClientIdentity(network: "9.9.9.9", holder: nil)) == .ofAddress(limit: 2))
    for _ in 0..<3 { two.opened(by: ClientIdentity(network: "127.0.0.1", holder: "alice")) }
    #expect(two.excess(of: ClientIdentity(network: "8.8.8.8", holder: "alice")) == .ofToken(limit: 3))
    #expect(two.excess(of: ClientIdentity(network: "8.8.8.8", holder: "bob")) == nil)
  }

  @Test func `a client that sends more than a second's worth waits for the rest, under another name too`() {
    var rates = ByteRates(bytesPerSecond: 1000)
    let alice = ClientIdentity(network: "a", holder: "alice")
    #expect(rates.charge(1000, to: alice, at: .zero) == .zero)
    #expect(rates.charge(500, to: alice, at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: ClientIdentity(network: "b", holder: "alice"), at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: ClientIdentity(network: "a", holder: nil), at: .zero) == .milliseconds(500))
    #expect(rates.charge(0, to: ClientIdentity(network: "b", holder: nil), at: .zero) == .zero)
    #expect(rates.charge(750, to: alice, at: .seconds(1)) == .milliseconds(250))
    #expect(rates.charge(16_000_000, to: alice, at: .seconds(60)) == .seconds(15_999))
    var none = ByteRates(bytesPerSecond: 0)
    #expect(none.charge(1 << 40, to: alice, at: .zero) == .zero)
  }

  @Test func `buckets that are empty again are forgotten`() {
    var rates = ByteRates(bytesPerSecond: 1000)
    for number in 0..<3000 {
      _ = rates.charge(10, to: ClientIdentity(network: "\(number)", holder: nil), at: .seconds(number))
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
    // Behind a proxy that takes the port away, or names the upstream.
    ("https://a.example:8443", "a.example", "", false, true), ("http://a.example:1", "b.example", "", false, false),
    ("http://localhost:18080", "localhost", "", true, true), ("http://127.0.0.1:18080", "127.0.0.1", "", true, true),
    ("https://localhost", "127.0.0.1:8000", "", true, true), ("http://[::1]:3000", "localhost:8000", "", true, true),
    ("http://evil.example:8000", "127.0.0.1:8000", "", true, false),
    ("http://localhost:3000", "evil.example:8000", "", true, false),
    ("http://localhost:3000", "localhost:8000", "", false, false),
    ("null", "a.example", "null", false, true), ("chrome-extension://abcd", "a", "chrome-extension://abcd", true, true),
    ("https://b.example", "a", "https://B.example/", false, true),
    ("http://a.example/x", "a.example", "", false, false),
  ]

  @Test(arguments: origins.indices)
  func `pages of this server and of allowed origins may open streams`(index: Int) throws {
    let part = Self.origins[index]
    let rule = OriginRule(try #require(.init(list: part.list)), isOnLoopback: part.loopback)
    #expect(rule.allows(origin: part.origin, host: part.host) == part.allowed, "\(part)")
  }

  @Test(arguments: [
    "a.example", "https://*.a.example", "https://a.example;https://b.example", "https://a.example https://b.example",
    "https://a.example/page", "https://a.example/?q", "https://user@a.example", "moz-extension://*", "wss://a.example",
    "https://", "https://a.example:", "https://a.example:70000", "https://bücher.example",
    "https://a.example,b.example",
    "https://[::1", "localhost:3000", "://a.example", "https//a.example",
  ])
  func `an allowed origin that no page can have is a usage error`(list: String) {
    #expect(
      throws: UsageError(
        #"--allow-origin: expected *, or origins as browsers send them, such as "#
          + #"https://a.example,http://b.example:8080, got "\#(list)""#)
    ) { try control(["--allow-origin", list]) }
  }

  @Test(arguments: ["https://a.example,", "null, *", "https://A.example:443 , http://[::1]:3000/", "app://x.y_z-1"])
  func `a list of origins is taken as people write it`(list: String) throws {
    _ = try control(["--allow-origin", list])
  }

  @Test(arguments: [
    ["--tls-cert", "a"], ["--tls-key", "a"], ["--idle-timeout", "1"], ["--handshake-timeout", "0"],
    ["--max-bytes-per-second", "-1"], ["--max-connections-per-address", "many"],
  ])
  func `a bad flag is a usage error`(arguments: [String]) {
    #expect(throws: UsageError.self) { try control(arguments) }
  }
}
