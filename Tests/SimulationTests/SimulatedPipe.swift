/// One direction of a connection: messages arrive in order, each after a delay, while both ends are there.
final class SimulatedPipe<Message> {
  private let clock: SimulatedClock
  private let receive: (Message) -> Void
  private var queue: [Message] = []
  private var taken = 0
  /// Nothing arrives before the last message did.
  private var latest = 0
  /// Until then nothing passes.
  private var heldUntil = 0
  /// Nothing passes any more.
  private(set) var isCut = false
  /// Whether the receiver takes messages; others wait.
  var isRead = true {
    didSet { if isRead, !oldValue { for _ in 0..<waiting { clock.after(0) { [self] in arrive() } } } }
  }

  /// Microseconds that a message takes, and how often one takes ten times as long.
  private static var delays: Range<Int> { 50..<400 }
  private static var oneSlowIn: Int { 50 }

  init(_ clock: SimulatedClock, _ receive: @escaping (Message) -> Void) {
    self.clock = clock
    self.receive = receive
  }

  private var waiting: Int { queue.count - taken }

  func send(_ message: Message) {
    guard !isCut else { return }
    queue.append(message)
    let delay = clock.draw(in: Self.delays) * (clock.happens(oneIn: Self.oneSlowIn) ? 10 : 1)
    latest = max(latest, clock.now + delay)
    clock.after(latest - clock.now) { [self] in arrive() }
  }

  private func arrive() {
    guard !isCut, isRead, waiting > 0 else { return }
    guard clock.now >= heldUntil else { return clock.after(heldUntil - clock.now) { [self] in arrive() } }
    let message = queue[taken]
    taken += 1
    if taken == queue.count {
      queue.removeAll(keepingCapacity: true)
      taken = 0
    }
    receive(message)
  }

  /// The way is blocked for a while: what is on it arrives later.
  func hold(until end: Int) { heldUntil = max(heldUntil, end) }

  /// What is on the way is lost, and so is what is sent later.
  func cut() {
    isCut = true
    queue = []
    taken = 0
  }
}
