import IO
import Platform
import Web

/// Asks an Autobahn fuzzing server for its number of cases, and echoes in each.
final class AutobahnClient: WebSocketClientDelegate {
  private enum Step {
    case count
    case running(Int)
    case report
  }

  private let url: WebSocketURL
  private let agent: String
  private let loop: EventLoop
  private let client: WebSocketClient
  private var connection: ClientConnection?
  private var step = Step.count
  private var cases = 0
  private var hasFailed = false
  private var patience: LoopTimer?

  /// A server that is no Autobahn fuzzing server may accept the connection, and say nothing.
  private static let countTimeout = Duration.seconds(5)

  init(_ url: WebSocketURL, agent: String, on loop: EventLoop) {
    self.url = url
    self.agent = agent
    self.loop = loop
    client = WebSocketClient(loop: loop, maximumMessageBytes: EchoServer.largestMessageBytes)
  }

  /// - Returns: whether all cases have run; what became of them the server's report says.
  func run() -> Bool {
    connect("/getCaseCount")
    patience = loop.after(Self.countTimeout) { [unowned self] in
      fail("no number of cases in \(Self.countTimeout): expected an Autobahn fuzzing server")
    }
    loop.run()
    return !hasFailed
  }

  private func connect(_ path: String) {
    do {
      let base = "\(url)"
      let target = try WebSocketURL((base.hasSuffix("/") ? String(base.dropLast()) : base) + path)
      connection = client.connect(to: target, delegate: self)
    } catch {
      fail("\(error)")
    }
  }

  private func fail(_ reason: String) {
    guard !hasFailed else { return }
    StandardError.write("WebEcho: \(reason)")
    hasFailed = true
    loop.stop()
  }

  private func next() {
    switch step {
    case .count: begin()
    case .running(let number): start(number + 1)
    case .report:
      print("\(cases) cases have run")
      loop.stop()
    }
  }

  private func begin() {
    patience?.cancel()
    guard cases > 0 else { return fail("no cases: expected an Autobahn fuzzing server with some") }
    start(1)
  }

  private func start(_ number: Int) {
    guard number <= cases else {
      step = .report
      return connect("/updateReports?agent=\(agent)")
    }
    step = .running(number)
    connect("/runCase?case=\(number)&agent=\(agent)")
  }

  func opened(_ connection: ClientConnection) {}

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    switch step {
    case .count: cases = Int(String(decoding: text, as: UTF8.self)) ?? 0
    case .running: connection.send(text: text)
    case .report: break
    }
  }

  func received(_ connection: ClientConnection, binary: UnsafeRawBufferPointer) { connection.send(binary: binary) }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    switch step {
    case .running: next()
    case .count, .report: fail("\(error)")
    }
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) { next() }
  func drained(_ connection: ClientConnection) {}
}
