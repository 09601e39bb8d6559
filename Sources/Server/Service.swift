import IO
import Platform
import WebSocket

/// The whole server: a gateway on each loop. The first loop is the main thread's; it has the signals and listens.
struct Service {
  private let gateways: [Gateway]

  init(_ settings: ServerSettings) throws(WebSocketError) {
    let commons = Commons(settings)
    var gateways: [Gateway] = []
    for workers in WorkerDivision.divide(settings.workers, over: settings.loops) {
      gateways.append(
        Gateway(
          settings: settings, loop: try Self.loop(), commons: commons, index: gateways.count, workers: workers,
          firstWorker: gateways.reduce(1) { $0 + $1.pool.count }))
    }
    // All of them before any runs: from then on each is for its own thread alone.
    let doors = gateways.map(Door.init(to:))
    for gateway in gateways { gateway.doors = doors }
    self.gateways = gateways
  }

  private static func loop() throws(WebSocketError) -> EventLoop {
    do throws(IOError) { return try EventLoop() } catch { throw WebSocketError(error) }
  }

  /// Serves until a signal ends it; the exit status.
  func run() throws(WebSocketError) -> Int32 {
    guard gateways[0].openEntrance() else { return 1 }
    var threads: [LoopThread] = []
    for gateway in gateways.dropFirst() { threads.append(try LoopThread(running: gateway)) }
    gateways[0].watchSignals()
    gateways[0].run()
    for thread in threads { thread.join() }
    return gateways[0].status
  }
}

/// A thread that runs a gateway, as long as the gateway's workers live: the kernel kills a worker when the thread that started it ends.
private struct LoopThread {
  private let thread: SystemThread

  init(running gateway: Gateway) throws(WebSocketError) {
    // From here on the gateway is that thread's alone.
    nonisolated(unsafe) let owned = gateway
    do throws(SystemError) { thread = try SystemThread { owned.run() } } catch {
      throw .library(call: error.call, reason: error.reason)
    }
  }

  func join() { thread.join() }
}
