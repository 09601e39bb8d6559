import Audio
import Platform
import Recognition
import Streams
import Support
import Testing
import Transports
import WorkerLink

@testable import Server

/// A gateway's own worker on a simulated clock.
@Suite final class TrialWorkerTests: Workers.Owner {
  private static let slot = 5
  private let clock = SimulatedClock(Seed(1), isTraced: false)
  private let host: SimulatedHost
  private let processes: SimulatedTransport
  private var told: [String] = []
  private var isNeeded = false

  init() {
    host = SimulatedHost(clock, SimulatedBroker(clock), SimulatedRules())
    processes = SimulatedTransport(clock, host)
  }

  private func started(_ transport: (any WorkerTransport)? = nil) -> TrialWorker {
    let worker = TrialWorker(
      loop: host, transport: transport ?? processes, slot: Self.slot, number: 6, gateway: 1,
      timeout: .milliseconds(750), log: .silent)
    worker.owner = self
    worker.start()
    return worker
  }

  private func wait(seconds: Int) {
    let end = clock.now + seconds * 1_000_000
    while clock.step(until: end) {}
  }

  private var isRunning: Bool { processes.isOpen(0) }
  private func request(_ engine: String) -> StreamRequest { StreamRequest(format: .standard, engine: engine) }

  private func `try`(_ worker: TrialWorker, _ engine: String) {
    let stream = StreamID(gateway: 1, number: 7)
    host.round { [self] in
      worker.open(stream, request(engine), from: Checkpoint(frame: 0))
      let header = ChunkHeader(stream: stream, seq: 1, startFrame: 0, chunkBytes: 4)
      _ = [UInt8](repeating: 1, count: 4).withUnsafeBytes { worker.send(header, $0) }
    }
    wait(seconds: 1)
  }

  private func close(_ worker: TrialWorker) {
    host.round { worker.close(StreamID(gateway: 1, number: 7)) }
  }

  @Test func `it is started when a stream needs it, and ends after a minute without any`() {
    let worker = started()
    wait(seconds: 2)
    #expect(!isRunning && told.isEmpty)
    worker.assign(request("mock"))
    wait(seconds: 1)
    #expect(isRunning && told.contains("ready"))
    `try`(worker, "mock")
    #expect(told.last == "measured 1")
    close(worker)
    wait(seconds: 50)
    #expect(isRunning)
    // Asked for again: from here on another minute.
    worker.assign(request("mock"))
    close(worker)
    wait(seconds: 50)
    #expect(isRunning)
    wait(seconds: 11)
    #expect(!isRunning && !told.contains("lost"))
  }

  @Test func `without the engine a chunk fails with that reason`() {
    let worker = started()
    worker.assign(request("speech"))
    wait(seconds: 1)
    `try`(worker, "speech")
    #expect(told.last?.hasPrefix("a worker crashed while it had this chunk; tried alone: engine speech") == true)
  }

  /// Starts nothing.
  private final class NoTransport: WorkerTransport {
    unowned var delegate: (any WorkerTransportDelegate)?
    var attempts = 0
    func open(_ slot: Int) throws(WorkerLinkError) -> FrameOutput {
      attempts += 1
      throw .system(call: "posix_spawn", errno: 2)
    }
    func close(_ slot: Int) {}
    func isOpen(_ slot: Int) -> Bool { false }
    func pid(_ slot: Int) -> Int32? { nil }
    func receive(from slots: [Int], until end: Duration) -> Bool { false }
  }

  @Test func `where none can be started whoever asks is told so, each time`() {
    let transport = NoTransport()
    let worker = started(transport)
    isNeeded = true
    for _ in 1...2 {
      told = []
      worker.assign(request("mock"))
      wait(seconds: 2)
      #expect(told.count == 1 && told[0].contains("no other can be started to try it alone: posix_spawn"))
    }
    #expect(transport.attempts == WorkerPool.startAttempts)
  }

  // MARK: Workers.Owner

  func workers(replied reply: WorkerReply, from slot: Int) {
    #expect(slot == Self.slot)
    switch reply {
    case .result(let result, _): told.append("measured \(result.seq)")
    case .text(let result): told.append("measured \(result.seq)")
    case .failed(_, _, _, let reason): told.append(reason)
    case .hello: told.append("hello")
    default: break
    }
  }

  func workers(ready slot: Int) { told.append("ready") }
  func workers(lost slot: Int, crashed: Bool, blame: Blame) { told.append("lost") }
  func workers(refused slot: Int) {}
  func workers(interrupted slot: Int) {}
  func workers(moving streams: Int, from slot: Int, because reason: MoveReason) -> Int { 0 }
  func workers(areNeeded slot: Int) -> Bool { isNeeded }
  func workers(areOnTrial slot: Int) -> Bool { false }
  func workers(drained slot: Int) {}
  func workers(cannotTry slot: Int, because reason: String) { told.append(reason) }
  func workersAreReady() {}
  func workers(cannotStart reason: String, status: Int32) {}
}
