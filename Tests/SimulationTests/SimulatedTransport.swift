import WorkerLink

@testable import Server
@testable import Transports
@testable import Worker

/// Brings up a gateway's own worker: the product's streams and mock behind a link that loses nothing.
final class SimulatedTransport: WorkerTransport {
  unowned var delegate: (any WorkerTransportDelegate)?
  private let clock: SimulatedClock
  private let host: SimulatedHost
  private let hasEngine: Bool
  private var process: SimulatedProcess?
  private var graveyard: [SimulatedProcess] = []
  private var started = 0

  init(_ clock: SimulatedClock, _ host: SimulatedHost, hasEngine: Bool = true) {
    self.clock = clock
    self.host = host
    self.hasEngine = hasEngine
  }

  func open(_ slot: Int) throws(WorkerLinkError) -> FrameOutput {
    started += 1
    clock.note("a gateway's own worker is started")
    let process = try SimulatedProcess(clock, hasEngine: hasEngine)
    self.process = process
    process.onReply = { [unowned self, unowned process] bytes in
      host.round { [self] in if self.process === process { take(bytes, slot) } }
    }
    process.onExit = { [unowned self, unowned process] exit in
      host.round { [self] in
        guard self.process === process else { return }
        bury()
        delegate?.transport(lost: slot, reason: .closed, exit: exit)
      }
    }
    return process.output
  }

  private func take(_ bytes: [UInt8], _ slot: Int) {
    guard let process else { return }
    let room = process.replies.room()
    bytes.withUnsafeBytes { room.copyMemory(from: $0) }
    process.replies.commit(bytes.count)
    do throws(WorkerLinkError) {
      while let reply = try process.replies.nextReply() {
        delegate?.transport(received: reply, from: slot)
        guard self.process === process else { return }
      }
    } catch {
      clock.fail("the gateway's own worker said \(error)")
    }
  }

  private func bury() {
    if let process { graveyard.append(process) }
    process = nil
  }

  func close(_ slot: Int) {
    process?.kill()
    bury()
  }

  func isOpen(_ slot: Int) -> Bool { process != nil }
  func pid(_ slot: Int) -> Int32? { process == nil ? nil : Int32(started) }
  func receive(from slots: [Int], until end: Duration) -> Bool { false }
}

/// A worker process on the gateway's machine.
private final class SimulatedProcess {
  /// What is written for it.
  final class Output: FrameOutput {
    var onBytes: ([UInt8]) -> Void = { _ in }

    init() { super.init() }

    override func roundEnds() {
      while frames.count > 0 {
        let bytes = Array(frames.bytes)
        frames.consume(bytes.count)
        onBytes(bytes)
      }
    }

    override func writeEarly() { roundEnds() }
  }

  let output = Output()
  var onReply: ([UInt8]) -> Void = { _ in }
  var onExit: (WorkerExit) -> Void = { _ in }
  /// The gateway's reader of what it says.
  var replies = FrameReader()
  private let clock: SimulatedClock
  private let engine: SimulatedEngine
  private var table: StreamTable
  private var requests = FrameReader()
  private let writer = FrameWriter()
  private var up: SimulatedPipe<[UInt8]>?
  private var down: SimulatedPipe<[UInt8]>?
  private var isAlive = true

  private static var startTime: Range<Int> { 20_000..<100_000 }

  init(_ clock: SimulatedClock, hasEngine: Bool) throws(WorkerLinkError) {
    self.clock = clock
    engine = SimulatedEngine(clock)
    let engines = engine.catalog(isThere: hasEngine)
    table = try StreamTable(engines: engines)
    up = SimulatedPipe(clock) { [unowned self] in onReply($0) }
    down = SimulatedPipe(clock) { [unowned self] in act($0) }
    output.onBytes = { [unowned self] in down?.send($0) }
    engine.onWords = { [unowned self] in act([]) }
    writer.hello(WorkerHello(pid: 1, engines: engines.statuses))
    down?.hold(until: clock.now + clock.draw(in: Self.startTime))
    down?.send([])
  }

  /// Answers what has arrived.
  private func act(_ bytes: [UInt8]) {
    guard isAlive else { return }
    let room = requests.room()
    bytes.withUnsafeBytes { room.copyMemory(from: $0) }
    requests.commit(bytes.count)
    do throws(WorkerLinkError) {
      while let request = try requests.nextRequest() {
        guard table.handle(request, into: writer) else { return end(.exited(0)) }
        if engine.isPoisoned { return end(.signalled(11)) }
      }
    } catch {
      clock.fail("the gateway told its own worker \(error)")
    }
    table.collect(into: writer)
    while writer.count > 0 {
      let bytes = Array(writer.bytes)
      writer.consume(bytes.count)
      up?.send(bytes)
    }
  }

  private func end(_ exit: WorkerExit) {
    clock.note("a gateway's own worker has \(exit)")
    isAlive = false
    clock.after(500) { [self] in onExit(exit) }
  }

  func kill() { isAlive = false }
}
