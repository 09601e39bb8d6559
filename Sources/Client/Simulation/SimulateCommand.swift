import Capture
import IO
import Platform
import SpeechClient
import Web

/// Puts load on a server: many clients on one loop.
final class SimulateCommand {
  /// Descriptors of the program itself and the loop.
  private static let otherDescriptors = 24

  let runtime: ClientRuntime
  private(set) var audio: SimulatedAudio
  private(set) var url: WebSocketURL
  private let options: SimulationOptions
  private var report = SimulationReport()
  private var clients: [SimulatedClient] = []
  private var connecting: ConnectPhase
  private var ended = 0
  private var startedAt: Duration?
  private var lastAnswerAt = Duration.zero
  private var hasReportedRetry = false
  private var loggedAt = Duration.zero

  init(runtime: ClientRuntime, options: SimulationOptions) {
    self.runtime = runtime
    self.options = options
    connecting = ConnectPhase(clients: options.plan.clients)
    audio = SimulatedAudio(noiseInChunksOf: options.plan.chunkBytes)
    url = options.server.url(announcing: audio.format)
  }

  var plan: SimulationPlan { options.plan }
  var place: String { "\(options.server.url)" }
  /// All clients have connected or failed, and the sending has begun.
  var hasStarted: Bool { connecting.isOver }

  func run() -> ExitStatus {
    if let path = options.path {
      do throws(CaptureError) {
        audio = SimulatedAudio(file: try AudioFile(path: path) { $0.sendable }, chunkBytes: plan.chunkBytes)
      } catch {
        runtime.console.note("\(error)")
        return .incomplete
      }
      url = options.server.url(announcing: audio.format)
    }
    loggedAt = runtime.loop.now
    guard plan.clients + Self.otherDescriptors <= runtime.descriptorLimit else {
      let most = runtime.descriptorLimit - Self.otherDescriptors
      runtime.console.note(
        "audio-client: --clients: expected at most \(most), the limit of open files (ulimit -n), got \(plan.clients)")
      return .incomplete
    }
    report.clients = plan.clients
    report.planned = plan.chunks
    clients = (0..<plan.clients).map { SimulatedClient(index: $0, owner: self, retries: options.server.retries) }
    runtime.interrupted = { [unowned self] in interrupt() }
    runtime.redraw = { [unowned self] in show() }
    runtime.loop.after(.milliseconds(250), repeating: .milliseconds(250)) { [unowned self] in tick() }
    connectMore()
    return runtime.run()
  }

  private func connectMore() {
    while let index = connecting.next() {
      // An interrupt may have ended the client before its turn.
      if !clients[index].isOver { clients[index].connect() }
    }
  }

  private func interrupt() {
    report.wasInterrupted = true
    runtime.console.note("stopping; press Ctrl-C again to end now")
    for client in clients { client.interrupt() }
  }

  private func tick() {
    for client in clients { client.tick() }
    show()
  }

  // MARK: - From the clients

  /// A client has connected. Once all have connected or failed, the sending begins.
  func connected() {
    guard !hasStarted else { return }
    connecting.settle()
    startWhenAllAreSettled()
  }

  private func startWhenAllAreSettled() {
    connectMore()
    guard connecting.finish() else { return }
    startedAt = runtime.loop.now
    for client in clients { client.start() }
  }

  func retries(after wait: Duration, because reason: String) {
    guard !hasReportedRetry else { return }
    hasReportedRetry = true
    runtime.console.note("\(reason); retrying in \(wait.brief)")
  }

  func reported(_ error: String) { report.add(reason: "server: \(error)") }

  func answered(after latency: Duration) {
    report.latency.add(latency)
    lastAnswerAt = runtime.loop.now
  }

  func ended(_ client: SimulatedClient, _ ending: ConnectionMachine.Ending) {
    ended += 1
    if let reason = ending.report { report.add(reason: reason) }
    report.counts.add(client.ledger)
    if client.wasConnected { report.connected += 1 }
    if client.hasAgreeingReceipt { report.receipts += 1 }
    if !client.wasConnected, !hasStarted {
      connecting.settle()
      // Later: this is called from inside the attempt that failed.
      runtime.loop.after(.zero) { [unowned self] in startWhenAllAreSettled() }
    }
    if ended == clients.count { finish() }
  }

  private func finish() {
    if let startedAt, lastAnswerAt > startedAt { report.elapsed = lastAnswerAt - startedAt }
    runtime.console.clear()
    for reason in report.reasons { runtime.console.note(reason) }
    switch options.output {
    case .text: for row in report.table { runtime.console.result(row) }
    case .json: runtime.console.result(report.json)
    }
    runtime.leave(report.isComplete ? .done : .incomplete)
  }

  // MARK: - The screen

  private func show() {
    guard ended < clients.count else { return }
    var counts = SimulationReport.Counts()
    for client in clients { counts.add(client.ledger) }
    let elapsed = startedAt.map { runtime.loop.now - $0 } ?? .zero
    let glyphs = runtime.console.traits.glyphs
    let answered = counts.transcribed + counts.failed
    let connected = connecting.settled - ended
    var line = "\(connected)/\(clients.count) clients  \(counts.sent)/\(plan.chunks) sent  \(answered) answered"
    if elapsed > .seconds(1) { line += "  \((Double(answered) / elapsed.inSeconds).fixed(0))/s" }
    if let p99 = report.latency.percentile(0.99) { line += "  p99 \(p99.brief)" }
    if runtime.console.isLive {
      runtime.console.show { width in
        let part = Double(answered) / Double(plan.chunks)
        let bar = StyledLine(glyphs.left + glyphs.bar(part, cells: max(1, width - 2)) + glyphs.right, .good)
        return [bar, StyledLine(line)]
      }
    } else if runtime.console.isLog, runtime.loop.now - loggedAt >= .seconds(5) {
      loggedAt = runtime.loop.now
      runtime.console.note(line)
    }
  }
}
