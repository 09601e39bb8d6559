internal import IO
internal import Support
internal import Web

/// Plays streams to a service, together, and collects what their clients receive.
final class ServicePlayer {
  let loop: EventLoop
  private let client: WebSocketClient
  private let url: String
  private var streams: [ServiceStream] = []
  private var waiting = 0
  private var tickers: [LoopTimer] = []

  init(url: String) throws {
    self.url = url
    loop = try EventLoop()
    client = WebSocketClient(loop: loop, maximumMessageBytes: 16 << 20)
  }

  deinit { client.close() }

  /// Returns when all have ended; `eachSecond` is called with the seconds since the start.
  func play(_ plans: [StreamPlan], eachSecond: ((Int) -> Void)? = nil) throws -> [StreamRecord] {
    streams = plans.map { ServiceStream($0, self) }
    waiting = streams.count
    for stream in streams { try stream.connect(url) }
    loop.run()
    let begin = loop.now
    for stream in streams { stream.begin(at: begin) }
    var second = 0
    let ticker = loop.after(.seconds(1), repeating: .seconds(1)) { [unowned self] in
      second += 1
      eachSecond?(second)
      for stream in streams { stream.checkPatience() }
    }
    waiting = streams.count { !$0.isOver }
    if waiting > 0 { loop.run() }
    ticker.cancel()
    defer { streams = [] }
    return streams.map(\.record)
  }

  func connect(_ stream: ServiceStream, _ url: WebSocketURL) -> ClientConnection {
    client.connect(to: url, delegate: stream)
  }

  /// A stream has connected or ended.
  func settled() {
    waiting -= 1
    if waiting == 0 { loop.stop() }
  }
}
