/// The first phase of a simulation: all clients connect, a limited number at a time, before any of them sends.
struct ConnectPhase: Equatable {
  /// Attempts at once: fewer than the listen queue of a server holds.
  private static let limit = 128

  private let clients: Int
  /// Clients that have begun to connect, and those of them that are connected or have failed.
  private var begun = 0
  private(set) var settled = 0
  private(set) var isOver = false

  init(clients: Int) { self.clients = clients }

  /// The next client that is to connect, if it is time.
  mutating func next() -> Int? {
    guard begun < clients, begun - settled < Self.limit else { return nil }
    defer { begun += 1 }
    return begun
  }

  mutating func settle() { if !isOver { settled += 1 } }

  /// - Returns: whether all clients have settled, once.
  mutating func finish() -> Bool {
    guard settled == clients, !isOver else { return false }
    isOver = true
    return true
  }
}
