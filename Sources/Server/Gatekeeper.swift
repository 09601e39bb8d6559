import Web
import WebSocket

/// Decides who comes in: whose page asks, what token is shown, how many are in already.
struct Gatekeeper: Equatable {
  /// nil: none is asked for.
  var tokens: AuthTokens?
  var origins: OriginRule
  private(set) var limits: ConnectionLimits
  private var inside: [ObjectIdentifier: Visitor] = [:]
  private(set) var rates: ByteRates

  init(_ settings: EntranceSettings, tokens: AuthTokens?, isOnLoopback: Bool) {
    self.tokens = tokens
    origins = OriginRule(list: settings.allowedOrigins, isOnLoopback: isOnLoopback)
    limits = settings.limits
    rates = ByteRates(bytesPerSecond: settings.bytesPerSecond)
  }

  /// The answer to a plain request that may not be made, nil when it may. Health is for everyone: who looks after the
  /// server need not be let in for that.
  func refusal(ofPlain request: HTTPRequest) -> HTTPResponse? {
    guard request.path != Routes.health, case .refuse(let response) = identify(request) else { return nil }
    return response
  }

  enum Decision: Equatable {
    case admit(Visitor)
    case refuse(HTTPResponse)
  }

  /// Whether a stream may be opened.
  func decide(_ request: HTTPRequest) -> Decision {
    guard origins.allows(origin: request.header("origin"), host: request.header("host")) else {
      return .refuse(Routes.refusal(403, "Pages of this origin may not open streams here: see --allow-origin"))
    }
    let decision = identify(request)
    guard case .admit(let visitor) = decision, let reason = limits.refusal(of: visitor) else { return decision }
    return .refuse(Routes.refusal(429, reason, [.init("retry-after", "5")]))
  }

  private func identify(_ request: HTTPRequest) -> Decision {
    guard let tokens else { return .admit(Visitor(network: request.network, holder: nil)) }
    guard let shown = AuthToken.shown(by: request) else {
      return .refuse(
        Routes.refusal(401, "A token is needed", [.init("www-authenticate", #"Bearer realm="audio-service""#)]))
    }
    guard let holder = tokens.holder(of: shown) else {
      return .refuse(
        Routes.refusal(
          401, "This token is not known",
          [.init("www-authenticate", #"Bearer realm="audio-service", error="invalid_token""#)]))
    }
    return .admit(Visitor(network: request.network, holder: holder))
  }

  /// Whether a visitor who came in may stay: their token may be gone.
  func keeps(_ visitor: Visitor) -> Bool {
    guard let tokens else { return true }
    return visitor.holder.map(tokens.has) ?? false
  }

  /// A connection has been opened.
  mutating func enter(_ visitor: Visitor, as connection: ObjectIdentifier) {
    inside[connection] = visitor
    limits.enter(visitor)
  }

  /// It has ended. Sessions may go on without it, and change from one to another.
  mutating func leave(_ connection: ObjectIdentifier) {
    if let visitor = inside.removeValue(forKey: connection) { limits.leave(visitor) }
  }

  /// Bytes have come: how long to read no more from there.
  mutating func charge(_ bytes: Int, to visitor: Visitor, at now: Duration) -> Duration {
    rates.charge(bytes, to: visitor, at: now)
  }
}
