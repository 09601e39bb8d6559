import Capture
import Contract
import IO
import Platform
import WebSocket

/// Puts load on a server: many clients on one loop.
final class SimulateCommand {
  /// Connections being made at once: a server's listen queue holds more.
  private static let attempts = 128

  /// What the program itself, the loop and the library hold open.
  private static let otherDescriptors = 24

  let stage: Stage
  let plan: SimulationPlan
  private(set) var sound: SimulatedSound
  private(set) var url: WebSocketURL
  private(set) var hasStarted = false
  var place: String { "\(options.server.url)" }
  private let options: SimulationOptions
  private var report = SimulationReport()
  private var clients: [SimulatedClient] = []
  /// Clients that have begun to connect.
  private var begun = 0
  /// Clients connected or given up.
  private var settled = 0
  private var over = 0
  private var startedAt: Duration?
  private var lastAnswerAt = Duration.zero
  private var toldWaiting = false
  private var loggedAt = Duration.zero

  init(stage: Stage, options: SimulationOptions) {
    self.stage = stage
    self.options = options
    plan = options.plan
    sound = SimulatedSound(noiseInChunksOf: plan.chunkBytes)
    url = options.server.url(announcing: sound.format)
  }

  func run() -> ExitStatus {
    if let path = options.path {
      do throws(CaptureError) {
        sound = SimulatedSound(file: try AudioFile(path: path) { $0.sendable }, chunkBytes: plan.chunkBytes)
      } catch {
        stage.console.note("\(error)")
        return .incomplete
      }
      url = options.server.url(announcing: sound.format)
    }
    loggedAt = stage.loop.now
    guard plan.clients + Self.otherDescriptors <= stage.descriptorLimit else {
      let most = stage.descriptorLimit - Self.otherDescriptors
      stage.console.note(
        "audio-client: \(plan.clients) clients need as many descriptors; the system allows \(most) (ulimit -n)")
      return .incomplete
    }
    report.clients = plan.clients
    report.planned = plan.chunks
    clients = (0..<plan.clients).map { SimulatedClient(index: $0, owner: self, retries: options.server.retries) }
    stage.interrupted = { [unowned self] in self.interrupt() }
    stage.redraw = { [unowned self] in self.show() }
    stage.loop.after(.milliseconds(250), repeating: .milliseconds(250)) { [unowned self] in self.tick() }
    connectMore()
    return stage.run()
  }

  private func connectMore() {
    while begun < clients.count, begun - settled < Self.attempts {
      begun += 1
      // An interrupt may have come before its turn.
      if !clients[begun - 1].conversation.isOver { clients[begun - 1].connect() }
    }
  }

  private func interrupt() {
    report.wasInterrupted = true
    stage.console.note("stopping; once more ends at once")
    for client in clients { client.interrupt() }
  }

  private func tick() {
    for client in clients { client.tick() }
    show()
  }

  // MARK: - From the clients

  /// A client has connected. When all have, or have given up, the sending begins.
  func settledAttempt(_ client: SimulatedClient) {
    guard !hasStarted else { return }
    settled += 1
    startWhenAllAreThere()
  }

  private func startWhenAllAreThere() {
    connectMore()
    guard settled == clients.count, !hasStarted else { return }
    hasStarted = true
    startedAt = stage.loop.now
    for client in clients { client.start() }
  }

  func waits(for wait: Duration, because error: WebSocketError) {
    guard !toldWaiting else { return }
    toldWaiting = true
    stage.console.note("\(error.words(place: place)); trying again in \(wait.brief)")
  }

  func told(_ error: String) { report.add(reason: "server: \(error)") }

  func answered(after latency: Duration) {
    report.latency.add(latency)
    lastAnswerAt = stage.loop.now
  }

  func ended(_ client: SimulatedClient, _ ending: Conversation.Ending) {
    over += 1
    switch ending {
    case .complete: break
    case .unreachable(let reason), .gaveUp(let reason, _): report.add(reason: reason)
    case .broken(let reason): report.add(reason: "a connection broke: \(reason)")
    case .silent(let patience): report.add(reason: Conversation.silence(patience))
    case .abandoned: report.add(reason: "ended without waiting any longer")
    }
    report.add(client.ledger)
    if client.wasConnected { report.connected += 1 }
    let ledger = client.ledger
    if let receipt = client.receipt, receipt.chunks == ledger.sentChunks, receipt.bytes == ledger.sentBytes,
      receipt.processed == ledger.transcribedChunks
    {
      report.receipts += 1
    }
    if !client.wasConnected, !hasStarted {
      settled += 1
      // Not from inside the attempt that has failed.
      stage.loop.after(.zero) { [unowned self] in self.startWhenAllAreThere() }
    }
    if over == clients.count { finish() }
  }

  private func finish() {
    if let startedAt, lastAnswerAt > startedAt { report.elapsed = lastAnswerAt - startedAt }
    stage.console.clear()
    for reason in report.reasons { stage.console.note(reason) }
    switch options.output {
    case .text: for row in report.table { stage.console.result(row) }
    case .json: stage.console.result(report.json)
    }
    stage.leave(report.isComplete ? .done : .incomplete)
  }

  // MARK: - The screen

  private func show() {
    guard over < clients.count else { return }
    var running = SimulationReport()
    for client in clients { running.add(client.ledger) }
    let elapsed = startedAt.map { stage.loop.now - $0 } ?? .zero
    let glyphs = stage.console.traits.glyphs
    let answered = running.transcribed + running.failed
    var line = "\(settled - over)/\(clients.count) clients  \(running.sent)/\(plan.chunks) sent  \(answered) answered"
    if elapsed > .seconds(1) { line += "  \((Double(answered) / elapsed.inSeconds).fixed(0))/s" }
    if let p99 = report.latency.percentile(0.99) { line += "  p99 \(p99.brief)" }
    if stage.console.isLive {
      stage.console.show { width in
        let part = Double(answered) / Double(plan.chunks)
        let bar = StyledLine(glyphs.left + glyphs.bar(part, cells: max(1, width - 2)) + glyphs.right, .good)
        return [bar, StyledLine(line)]
      }
    } else if stage.loop.now - loggedAt >= .seconds(5) {
      loggedAt = stage.loop.now
      stage.console.note(line)
    }
  }
}
