internal import IO
import Synchronization

/// A server that shares a port.
protocol PortMember: AnyObject {
  var loop: EventLoop { get }
  /// Takes over an open WebSocket from another loop.
  func adopt(_ connection: WebSocketConnection)
  /// Takes over an accepted descriptor.
  func receive(_ descriptor: Int32)
}

/// One port for servers on several loops.
///
/// One server accepts, and each connection goes to the loop that has the fewest: with SO_REUSEPORT the kernel would
/// spread them blindly, and a port that another program uses would be no error. What is counted for all of them lies
/// here, too; it is touched when a connection comes, moves and goes.
public final class SharedPort: Sendable {
  /// A server, as the loop that accepts sees it.
  final class Member: @unchecked Sendable {
    let index: Int
    let gate: LoopGate
    /// For its own loop's thread only; nil when it is closed.
    weak var server: (any PortMember)?

    fileprivate init(index: Int, server: any PortMember) {
      self.index = index
      self.server = server
      gate = server.loop.gate
    }

    fileprivate func receive(_ descriptor: Int32) {
      guard let server else {
        Listener.reject(descriptor)
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

  func join(_ server: any PortMember, as index: Int) -> Member {
    let member = Member(index: index, server: server)
    state.withLock { $0.members[index] = member }
    return member
  }

  /// A connection was accepted on the loop of `here`.
  func place(_ descriptor: Int32, from here: Member) {
    let member = state.withLock { $0.members[$0.loads.place()] }
    guard member !== here else { return here.receive(descriptor) }
    guard let member else { preconditionFailure("one listens when all servers are there") }
    if !member.gate.submit({ member.receive(descriptor) }) { Listener.reject(descriptor) }
  }

  /// Moves an open connection, which has left its loop, from one member to another. It ends if that one has closed.
  func move(_ connection: WebSocketConnection, from here: Member, to index: Int) {
    let target = state.withLock { state in
      state.loads.move(from: here.index, to: index)
      return state.members[index]
    }
    // Only touched on the other loop's thread from here on.
    nonisolated(unsafe) let connection = connection
    target?.gate.submit { target?.server?.adopt(connection) }
  }

  /// Whether there may be one more connection from a network, which is counted then; 0: any number.
  func enters(from network: String, maximum: Int) -> Bool {
    state.withLock { $0.networks.enter(network, maximum: maximum) }
  }

  /// A connection no longer counts for this network.
  func leaves(network: String) { state.withLock { $0.networks.leave(network) } }

  /// A connection of that member is over; nil: it was closed before it was counted for its network.
  func leaves(_ member: Member, network: String?) {
    state.withLock { state in
      state.loads.leave(member.index)
      if let network { state.networks.leave(network) }
    }
  }
}
