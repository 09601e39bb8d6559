@testable import Broker
@testable import Server

/// A broker: passes on messages to whoever has subscribed to their subjects, in order for each connection, and has the
/// directory of sessions. It may lose and double messages, and restart.
final class SimulatedBroker {
  struct Message {
    var subject: String
    var reply = ""
    var header: BrokerHeader?
    var payload: [UInt8] = []
    var subscription = 0
    /// Nobody had subscribed to the subject.
    var isUndelivered = false
  }

  /// From a client; the last one says that it is gone.
  enum Request {
    case publish(Message)
    case subscribe(String, Int)
    case unsubscribe(Int)
    case ping
    case end
  }

  /// How the net treats messages: one in so many is lost, or doubled.
  struct Manners {
    var oneLostIn = 0
    var oneDoubledIn = 0
  }

  private let clock: SimulatedClock
  var manners = Manners()
  private(set) var isUp = true
  private(set) var directory = SimulatedDirectory(SessionBucket.bucket)
  private var connections: [SimulatedConnection] = []
  /// Who has subscribed to a subject, and to subjects that begin so.
  private var subjects: [String: [Subscriber]] = [:]
  private var prefixes: [(prefix: String, subscriber: Subscriber)] = []

  private struct Subscriber {
    var connection: SimulatedConnection
    var number: Int
  }

  init(_ clock: SimulatedClock) { self.clock = clock }

  /// False while it is down.
  func connect(_ connection: SimulatedConnection) -> Bool {
    guard isUp else { return false }
    connections.append(connection)
    return true
  }

  func receive(_ request: Request, from connection: SimulatedConnection) {
    switch request {
    case .publish(let message): publish(message, from: connection)
    case .subscribe(let subject, let number):
      let subscriber = Subscriber(connection: connection, number: number)
      if subject.hasSuffix(">") {
        prefixes.append((String(subject.dropLast()), subscriber))
      } else {
        subjects[subject, default: []].append(subscriber)
      }
    case .unsubscribe(let number):
      forget { $0.connection === connection && $0.number == number }
    case .ping: connection.deliver(Message(subject: ""))
    case .end: forget(connection)
    }
  }

  private func forget(_ isGone: (Subscriber) -> Bool) {
    for (subject, subscribers) in subjects where subscribers.contains(where: isGone) {
      let left = subscribers.filter { !isGone($0) }
      subjects[subject] = left.isEmpty ? nil : left
    }
    prefixes.removeAll { isGone($0.subscriber) }
  }

  func forget(_ connection: SimulatedConnection) {
    connections.removeAll { $0 === connection }
    forget { $0.connection === connection }
  }

  private func publish(_ message: Message, from sender: SimulatedConnection) {
    if clock.happens(oneIn: manners.oneLostIn) {
      clock.note("a message to \(message.subject) is lost")
      return
    }
    if !message.reply.isEmpty, let answer = directory.answer(message) {
      return reply(Message(subject: message.reply, payload: answer), to: sender)
    }
    let copies = clock.happens(oneIn: manners.oneDoubledIn) ? 2 : 1
    let subscribers = subscribers(of: message.subject)
    for _ in 0..<copies { for subscriber in subscribers { deliver(message, to: subscriber) } }
    guard subscribers.isEmpty, !message.reply.isEmpty else { return }
    reply(Message(subject: message.reply, isUndelivered: true), to: sender)
  }

  /// The broker's own word about a message. Lost like any other; what was asked for has been done then.
  private func reply(_ message: Message, to sender: SimulatedConnection) {
    if !message.isUndelivered, clock.happens(oneIn: manners.oneLostIn) {
      clock.note("the answer \(message.subject) is lost")
      return
    }
    for subscriber in subscribers(of: message.subject) where subscriber.connection === sender {
      deliver(message, to: subscriber)
    }
  }

  private func subscribers(of subject: String) -> [Subscriber] {
    var found = subjects[subject] ?? []
    for (prefix, subscriber) in prefixes where subject.hasPrefix(prefix) { found.append(subscriber) }
    return found
  }

  private func deliver(_ message: Message, to subscriber: Subscriber) {
    var message = message
    message.subscription = subscriber.number
    subscriber.connection.deliver(message)
  }

  // MARK: Faults

  /// It restarts without its disk, or with an old one.
  func forget(_ old: SimulatedDirectory = SimulatedDirectory(SessionBucket.bucket)) {
    clock.note("the broker forgets where sessions are")
    restart(after: clock.draw(in: 50_000..<500_000))
    directory = old
  }

  /// It ends, with all connections, and is back after a while.
  func restart(after pause: Int) {
    guard isUp else { return }
    clock.note("the broker is down")
    isUp = false
    for connection in connections { connection.reset() }
    connections = []
    subjects = [:]
    prefixes = []
    clock.after(pause) { [self] in
      clock.note("the broker is up")
      isUp = true
    }
  }
}

/// A client's connection to the broker.
final class SimulatedConnection {
  private let clock: SimulatedClock
  private let broker: SimulatedBroker
  private let ended: () -> Void
  private var up: SimulatedPipe<SimulatedBroker.Request>?
  private var down: SimulatedPipe<SimulatedBroker.Message>?
  /// Whether the client takes it for one.
  private(set) var isOpen = true

  /// - Parameters:
  ///   - receive: takes a message.
  ///   - ended: the connection has broken, and not by the client's doing.
  init?(
    _ clock: SimulatedClock, _ broker: SimulatedBroker, receive: @escaping (SimulatedBroker.Message) -> Void,
    ended: @escaping () -> Void
  ) {
    self.clock = clock
    self.broker = broker
    self.ended = ended
    guard broker.connect(self) else { return nil }
    up = SimulatedPipe(clock) { [unowned self] in broker.receive($0, from: self) }
    down = SimulatedPipe(clock) { [unowned self] in if isOpen { receive($0) } }
  }

  func send(_ request: SimulatedBroker.Request) { if isOpen { up?.send(request) } }
  func deliver(_ message: SimulatedBroker.Message) { down?.send(message) }

  /// The client's process is gone or gives up: what it has sent arrives, and then the end of it.
  func close() {
    guard isOpen else { return }
    up?.send(.end)
    isOpen = false
    down?.cut()
  }

  /// It is over at once, with everything on it; the client learns it soon.
  func reset() {
    up?.cut()
    down?.cut()
    guard isOpen else { return }
    clock.after(clock.draw(in: 100..<3000)) { [self] in
      guard isOpen else { return }
      isOpen = false
      ended()
    }
  }

  /// It is over, and the broker knows it.
  func breakDown() {
    broker.forget(self)
    reset()
  }

  /// Nothing passes for a while, and arrives then.
  func hold(until end: Int) {
    up?.hold(until: end)
    down?.hold(until: end)
  }

  /// Nothing passes any more, and neither side knows; the broker finds out after a while.
  func deafen() {
    up?.cut()
    down?.cut()
    clock.after(20_000_000) { [self] in broker.forget(self) }
  }
}
