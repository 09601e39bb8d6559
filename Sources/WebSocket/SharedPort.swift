import Glibc
internal import IO
import Synchronization

/// One port for servers on several loops.
///
/// The library can't listen on one port in several contexts, so one server accepts, and each connection goes to the
/// loop that has the fewest. What is counted for all of them lies here too; it is touched when a connection comes and
/// when it goes.
public final class SharedPort: Sendable {
  /// A server, as the loop that accepts sees it.
  final class Member: @unchecked Sendable {
    let index: Int
    let gate: LoopGate
    /// For its own loop's thread only; nil when it is closed.
    unowned(unsafe) var server: WebSocketServer?

    fileprivate init(index: Int, server: WebSocketServer) {
      self.index = index
      self.server = server
      gate = server.loop.gate
    }

    fileprivate func receive(_ descriptor: Int32) {
      guard let server else {
        Glibc.close(descriptor)
        return
      }
      server.receive(descriptor)
    }
  }

  private struct State {
    var members: [Member?]
    var loads: ConnectionLoads
    var networks = ConnectionCount()
  }
  private let state: Mutex<State>

  /// For so many servers.
  public init(servers: Int = 1) {
    state = Mutex(State(members: Array(repeating: nil, count: servers), loads: ConnectionLoads(loops: servers)))
  }

  func join(_ server: WebSocketServer, as index: Int) -> Member {
    let member = Member(index: index, server: server)
    state.withLock { $0.members[index] = member }
    return member
  }

  /// A connection was accepted on the loop of `here`.
  func place(_ descriptor: Int32, from here: Member) {
    let member = state.withLock { $0.members[$0.loads.place()] }
    guard member !== here else { return here.receive(descriptor) }
    guard let member else { preconditionFailure("one listens when all servers are there") }
    if !member.gate.submit({ member.receive(descriptor) }) { Glibc.close(descriptor) }
  }

  /// Whether there may be one more connection from a network, which is counted then; 0: any number.
  func enters(from network: String, maximum: Int) -> Bool {
    state.withLock { $0.networks.enter(network, maximum: maximum) }
  }

  /// A connection of that member is over; nil: it was closed before it was counted for its network.
  func leaves(_ member: Member, network: String?) {
    state.withLock { state in
      state.loads.leave(member.index)
      if let network { state.networks.leave(network) }
    }
  }
}
