import IO
import WorkerLink

@testable import Broker
@testable import Server

/// The loop of a gateway, and its way to the broker, for the product's `DistantWorkers`.
final class SimulatedHost: LoopTime, BrokerAccess {
  private let clock: SimulatedClock
  private let broker: SimulatedBroker
  private let rules: SimulatedRules
  private var tasks: [any RoundEndTask] = []
  private var isInRound = false
  private var gaps = LinkGaps()
  private var connection: SimulatedConnection?
  private(set) var isAlive = true
  /// Until then the process stands still.
  private(set) var stopped = 0
  unowned var delegate: (any BrokerConnection.Delegate)?

  /// Microseconds until a connection is tried.
  private static var redialTime: Range<Int> { 500..<100_000 }

  init(_ clock: SimulatedClock, _ broker: SimulatedBroker, _ rules: SimulatedRules) {
    self.clock = clock
    self.broker = broker
    self.rules = rules
  }

  /// Does something in a round of its own, as soon as the process runs.
  func round(_ body: @escaping () -> Void) {
    guard isAlive else { return }
    guard clock.now >= stopped else { return clock.after(stopped - clock.now) { [self] in round(body) } }
    guard !isInRound else { return body() }
    isInRound = true
    body()
    while !tasks.isEmpty, isAlive {
      let due = tasks
      tasks = []
      for task in due { task.roundEnds() }
    }
    isInRound = false
  }

  // MARK: LoopTime

  var now: Duration { clock.duration }
  var nowInSeconds: Double { Double(clock.now) / 1e6 }
  func atRoundEnd(_ task: any RoundEndTask) { tasks.append(task) }

  func call(after delay: Duration, repeating: Duration?, _ action: @escaping () -> Void) {
    clock.after(Int(delay / .microseconds(1))) { [self] in
      guard isAlive else { return }
      round { [self] in
        // The broker's word that it is there, whether it is or not.
        if repeating == WorkerPool.beat, !rules.beatsNeedEcho { echo() }
        action()
        if let repeating { call(after: repeating, repeating: repeating, action) }
      }
    }
  }

  private func echo() { if connection != nil { deliver(.init(subject: "", subscription: 3)) } }

  // MARK: BrokerAccess

  var problem: BrokerError? { connection == nil ? .unreachable("simulated") : nil }

  func start() {
    clock.after(clock.draw(in: Self.redialTime)) { [self] in round { [self] in connect() } }
  }

  private func connect() {
    connection = SimulatedConnection(
      clock, broker, receive: { [unowned self] message in round { [self] in deliver(message) } },
      ended: { [unowned self] in round { [self] in lost() } })
    guard connection != nil else { return start() }
    delegate?.brokerConnected()
  }

  private func lost() {
    connection = nil
    delegate?.broker(lost: "simulated")
    start()
  }

  private func deliver(_ message: SimulatedBroker.Message) {
    var payload = message.payload
    if !rules.gapsBreakLinks { gaps.close(in: &payload, from: message.subject) }
    let subject = Array(message.subject.utf8)
    subject.withUnsafeBytes { subject in
      payload.withUnsafeBytes { payload in
        delegate?.broker(
          delivered: BrokerMessage(
            subscription: message.subscription, subjectBytes: subject, status: message.isUndelivered ? 503 : nil,
            payload: payload))
      }
    }
  }

  func drop() {
    guard let connection else { return }
    clock.note("a gateway gives up its connection to the broker")
    connection.close()
    lost()
  }

  func close() { connection?.close() }

  func subscribe(_ subject: String, as subscription: Int) { connection?.send(.subscribe(subject, subscription)) }
  func unsubscribe(_ subscription: Int) { connection?.send(.unsubscribe(subscription)) }

  func publish(_ subject: String, _ payload: [UInt8]) {
    connection?.send(.publish(.init(subject: subject, payload: payload)))
  }

  func publish(_ subject: String, reply: String, _ payload: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer) {
    connection?.send(.publish(.init(subject: subject, reply: reply, payload: Array(payload) + Array(more))))
  }

  func publish(_ request: KeyValueBucket.Request, reply: String) {
    connection?.send(
      .publish(.init(subject: request.subject, reply: reply, header: request.header, payload: request.payload)))
  }

  // MARK: Faults

  /// The process is gone.
  func kill() {
    isAlive = false
    connection?.close()
  }

  func stop(until end: Int) {
    stopped = max(stopped, end)
    connection?.hold(until: end)
  }

  func holdBroker(until end: Int) { connection?.hold(until: end) }
  func deafen() { connection?.deafen() }
  func breakBroker() { connection?.breakDown() }
}
