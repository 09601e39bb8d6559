/// The means of a client, and its demands on the broker.
public struct BrokerTerms: Equatable, Sendable {
  public var login: BrokerLogin?
  /// Nothing is said over a connection that is not encrypted.
  public var requiresTLS = false
  /// The client has a certificate of its own, which may be all that the broker wants.
  public var hasCertificate = false
  public var takesAnyVersion = false

  public init(login: BrokerLogin? = nil) { self.login = login }
}

/// A client's side of one connection to a broker: the broker introduces itself, the connection is encrypted if either
/// wants that, the client says who it is and asks for a sign; with that it is ready.
public struct BrokerState {
  private enum Phase {
    case awaitingInfo
    /// It goes on once the connection is encrypted.
    case awaitingTLS(ServerInfo)
    case awaitingPong, ready
  }

  /// A piece of a link with its offsets, and then some: what the broker must take.
  static let smallestPayload = 64 << 10

  private var phase = Phase.awaitingInfo
  private let terms: BrokerTerms
  private let name: String
  private var isEncrypted = false
  private var complaints: Set<String> = []

  private static let mostComplaints = 64

  /// - Parameter name: shown to the broker's operator.
  public init(_ terms: BrokerTerms, name: String) {
    self.terms = terms
    self.name = name
  }

  /// A connection that another process, or another object, has made ready.
  public static var established: BrokerState {
    var state = BrokerState(BrokerTerms(), name: "")
    state.phase = .ready
    return state
  }

  public enum Step {
    case none
    /// TLS is to begin: `startedTLS` follows.
    case startTLS
    /// From now on there are subscriptions and messages.
    case ready
    case message(BrokerMessage)
    /// The broker did not do one thing, and goes on; told once.
    case complaint(String)
  }

  /// Takes the news that TLS has begun: what is written from now on is encrypted.
  public mutating func startedTLS(into writer: inout ProtocolWriter) {
    isEncrypted = true
    if case .awaitingTLS(let info) = phase { introduce(to: info, into: &writer) }
  }

  /// Takes the broker's next operation.
  /// - Parameter writer: gets the answer, if there is one.
  public mutating func take(
    _ operation: ServerOperation, into writer: inout ProtocolWriter
  ) throws(BrokerError) -> Step {
    switch (operation, phase) {
    case (.info(let info), .awaitingInfo):
      try check(info)
      guard isEncrypted || !(terms.requiresTLS || info.requiresTLS) else {
        guard info.requiresTLS || info.offersTLS else {
          throw .unsuitable("offers no TLS: configure its tls block, or use nats:// without --broker-ca and -cert")
        }
        phase = .awaitingTLS(info)
        return .startTLS
      }
      introduce(to: info, into: &writer)
    case (_, .awaitingTLS): throw .malformed("something before TLS began")
    case (.pong, .awaitingPong):
      phase = .ready
      return .ready
    case (.ping, _): writer.pong()
    case (.message(let message), .ready): return .message(message)
    // Rights that are lacking end no connection; everything else that it complains of does, by itself.
    case (.error(let reason), .ready):
      // Each once: some would come with every heartbeat.
      guard complaints.count < Self.mostComplaints, complaints.insert(reason).inserted else { return .none }
      return .complaint(reason)
    case (.error(let reason), _): throw .refused(reason + hint(for: reason))
    case (.message, _): throw .malformed("a message before it was ready")
    case (.info, _), (.pong, _), (.ok, _): break
    }
    return .none
  }

  private mutating func introduce(to info: ServerInfo, into writer: inout ProtocolWriter) {
    writer.connect(terms.login, nonce: info.nonce, name: name, isEncrypted: isEncrypted)
    writer.ping()
    phase = .awaitingPong
  }

  private func check(_ info: ServerInfo) throws(BrokerError) {
    if !terms.takesAnyVersion, BrokerVersion(info.version)?.isSuitable != true {
      throw .unsuitable(
        "is nats-server \(info.version.prefix(40)), which has known holes: use \(BrokerVersion.needed), "
          + "or give --broker-any-version")
    }
    if info.requiresCertificate, !terms.hasCertificate {
      throw .unsuitable("requires a certificate of each client: give --broker-cert and --broker-key")
    }
    if info.requiresLogin, terms.login == nil, !terms.hasCertificate {
      throw .unsuitable("requires a user: give --broker-credentials FILE")
    }
    if case .key? = terms.login, info.nonce == nil {
      throw .unsuitable("has no users with an nkey: --broker-credentials has a seed")
    }
    guard info.hasHeaders else { throw .unsuitable("has no headers (NATS 2.2 or later is needed)") }
    guard info.maximumPayload >= Self.smallestPayload else {
      throw .unsuitable("takes messages of \(info.maximumPayload) bytes only: set max_payload to 64KB or more")
    }
  }

  /// The reason that is likely.
  private func hint(for reason: String) -> String {
    guard reason.contains("Authorization Violation") else { return "" }
    return switch terms.login {
    case .key(let key)?: " (its configuration has no nkey \(key.publicKey))"
    case .password(let user, _)?: " (user \"\(user)\")"
    case nil where terms.hasCertificate: " (it maps the certificate of --broker-cert to no user)"
    case nil: ""
    }
  }
}
