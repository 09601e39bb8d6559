/// A client's side of one connection to a broker: the broker introduces itself, the client says who it is and asks
/// for a sign; with that it is ready.
public struct BrokerState {
  private enum Phase { case awaitingInfo, awaitingPong, ready }

  /// A piece of a link with its offsets, and then some: what the broker must take.
  static let smallestPayload = 64 << 10

  private var phase = Phase.awaitingInfo
  private let login: BrokerLogin?
  private let name: String

  public init(_ login: BrokerLogin?, name: String) {
    self.login = login
    self.name = name
  }

  /// A connection that another process has made ready.
  public static var established: BrokerState {
    var state = BrokerState(nil, name: "")
    state.phase = .ready
    return state
  }

  public enum Step {
    case none
    /// From now on there are subscriptions and messages.
    case ready
    case message(BrokerMessage)
    /// The broker did not do one thing, and goes on.
    case complaint(String)
  }

  /// Takes the broker's next operation.
  /// - Parameter writer: gets the answer, if there is one.
  public mutating func take(
    _ operation: ServerOperation, into writer: inout ProtocolWriter
  ) throws(BrokerError) -> Step {
    switch (operation, phase) {
    case (.info(let info), .awaitingInfo):
      try check(info)
      writer.connect(login, name: name)
      writer.ping()
      phase = .awaitingPong
    case (.pong, .awaitingPong):
      phase = .ready
      return .ready
    case (.ping, _): writer.pong()
    case (.message(let message), .ready): return .message(message)
    // Rights that are lacking end no connection; everything else that it complains of does, by itself.
    case (.error(let reason), .ready): return .complaint(reason)
    case (.error(let reason), _): throw .refused(reason)
    case (.message, _): throw .malformed("a message before it was ready")
    case (.info, _), (.pong, _), (.ok, _): break
    }
    return .none
  }

  private func check(_ info: ServerInfo) throws(BrokerError) {
    if info.requiresTLS { throw .unsuitable("requires TLS, which --broker does not speak yet") }
    if info.requiresLogin, login == nil { throw .unsuitable("requires a user: give --broker-credentials FILE") }
    guard info.hasHeaders else { throw .unsuitable("has no headers (NATS 2.2 or later is needed)") }
    guard info.maximumPayload >= Self.smallestPayload else {
      throw .unsuitable("takes messages of \(info.maximumPayload) bytes only: set max_payload to 64KB or more")
    }
  }
}
