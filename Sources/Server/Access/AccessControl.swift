import Dialects
import Web

/// Decides which requests are admitted: by origin, token and number of open streams.
struct AccessControl: Equatable {
  /// Nil: no tokens are required.
  var tokens: AuthTokens?
  var origins: OriginRule
  private(set) var limits: ConnectionLimits
  private var open: [ObjectIdentifier: ClientIdentity] = [:]
  private(set) var rates: ByteRates

  init(_ settings: EntranceSettings, tokens: AuthTokens?, isOnLoopback: Bool) {
    self.tokens = tokens
    origins = OriginRule(settings.allowedOrigins, isOnLoopback: isOnLoopback)
    limits = settings.limits
    rates = ByteRates(bytesPerSecond: settings.bytesPerSecond)
  }

  enum Decision: Equatable, Sendable {
    case admit(ClientIdentity)
    case reject(RejectionReason)
  }

  /// Whether a stream may be opened.
  func decide(_ request: HTTPRequest, _ credentials: [DialectPolicy.Credential]) -> Decision {
    guard origins.allows(origin: request.header("origin"), host: request.header("host")) else {
      return .reject(.originNotAllowed)
    }
    let decision = identify(request, credentials)
    guard case .admit(let client) = decision else { return decision }
    if let role = client.role, !role.opensStreams { return .reject(.roleNotAllowed(role.rawValue)) }
    if let excess = limits.excess(of: client) { return .reject(.tooManyStreams(excess)) }
    return decision
  }

  /// Why a client may not see the list of streams; nil: it may. Without tokens it is for this machine, under one of its
  /// own names: another one is that of a proxy here, or of a foreign page whose name was made to point here.
  func refusesList(to client: ClientIdentity, _ request: HTTPRequest) -> RejectionReason? {
    if let role = client.role { return role.listsStreams ? nil : .operatorsOnly(hasTokens: true) }
    return client.isLocal && OriginRule.isOfThisMachine(host: request.header("host"))
      ? nil : .operatorsOnly(hasTokens: false)
  }

  /// Which client makes the request.
  func identify(_ request: HTTPRequest, _ credentials: [DialectPolicy.Credential]) -> Decision {
    guard let tokens else { return .admit(ClientIdentity(network: request.network, holder: nil)) }
    guard let token = AuthToken.presented(by: request, in: credentials) else { return .reject(.tokenMissing) }
    guard let entry = tokens.entry(of: token) else { return .reject(.tokenUnknown) }
    return .admit(ClientIdentity(network: request.network, holder: entry.name, role: entry.role))
  }

  /// Whether an admitted client may stay: its token may have been removed. One of Wyoming's port has none.
  func keeps(_ client: ClientIdentity) -> Bool {
    guard let tokens else { return true }
    return client.holder.map(tokens.has) ?? true
  }

  /// The settings have changed. Clients that are there stay, and count.
  mutating func update(_ settings: EntranceSettings) {
    origins.allowed = settings.allowedOrigins
    limits.change(to: settings.limits)
    rates.bytesPerSecond = settings.bytesPerSecond
  }

  mutating func opened(_ connection: ObjectIdentifier, by client: ClientIdentity) {
    open[connection] = client
    limits.opened(by: client)
  }

  /// A connection ended. Its session may go on, and its client change with the next one.
  mutating func closed(_ connection: ObjectIdentifier) {
    if let client = open.removeValue(forKey: connection) { limits.closed(by: client) }
  }

  /// Bytes arrived: how long not to read more from there.
  mutating func charge(_ bytes: Int, to client: ClientIdentity, at now: Duration) -> Duration {
    rates.charge(bytes, to: client, at: now)
  }
}
