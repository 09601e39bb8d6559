import Dialects

@testable import Server

/// A message on a WebSocket.
enum SimulatedFrame {
  case binary([UInt8])
  case text([UInt8])
  case close(Int)
}

/// The WebSocket of a client with a gateway.
final class SimulatedSocket: SessionConnection {
  private let clock: SimulatedClock
  private var toGateway: SimulatedPipe<SimulatedFrame>?
  private var toClient: SimulatedPipe<SimulatedFrame>?
  /// The client learns that the connection has broken.
  private let ended: () -> Void
  /// The gateway gets a message; learns that the connection is over, and how it was closed.
  var onFrame: (SimulatedFrame) -> Void = { _ in }
  var onEnd: (Int?) -> Void = { _ in }
  private(set) var isOpen = true
  /// The gateway has said that it is over, and takes nothing more.
  private var isClosing = false
  var holder: AnyObject?

  init(_ clock: SimulatedClock, receive: @escaping (SimulatedFrame) -> Void, ended: @escaping () -> Void) {
    self.clock = clock
    self.ended = ended
    toClient = SimulatedPipe(clock) { [unowned self] in if isOpen { receive($0) } }
    toGateway = SimulatedPipe(clock) { [unowned self] in if isOpen, !isClosing { onFrame($0) } }
  }

  // MARK: The client's end

  func send(_ frame: SimulatedFrame) { if isOpen { toGateway?.send(frame) } }

  /// The client has read that the connection is over.
  func finish(code: Int) {
    guard isOpen else { return }
    cut()
    clock.after(clock.draw(in: 100..<5_000)) { [self] in onEnd(code) }
  }

  // MARK: The gateway's end

  var peer: String { "simulated" }
  var unsentBytes: Int { 0 }
  func pauseReading() { toGateway?.isRead = false }
  func resumeReading() { toGateway?.isRead = true }
  func drop() { breakDown() }

  func send(text: UnsafeRawBufferPointer) { if isOpen, !isClosing { toClient?.send(.text(Array(text))) } }

  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 1) { memory in
      let count = write(memory)
      send(text: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
  }

  func close(code: Int, reason: String) {
    guard isOpen, !isClosing else { return }
    toClient?.send(.close(code))
    isClosing = true
  }

  // MARK: Faults

  /// It is over, with everything on it. The client learns it soon, and the gateway mostly, too.
  func breakDown() {
    guard isOpen else { return }
    cut()
    clock.after(clock.draw(in: 100..<5_000)) { [self] in ended() }
    let isHalfOpen = clock.happens(oneIn: 4)
    clock.after(clock.draw(in: isHalfOpen ? 1_000_000..<20_000_000 : 100..<5_000)) { [self] in onEnd(nil) }
  }

  private func cut() {
    isOpen = false
    toGateway?.cut()
    toClient?.cut()
  }

  func hold(until end: Int) {
    toGateway?.hold(until: end)
    toClient?.hold(until: end)
  }
}
