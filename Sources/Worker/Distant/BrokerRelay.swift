internal import IO
internal import Transports
internal import WorkerLink

/// Carries bytes between a worker and the broker, and speaks TLS for the worker: a sandboxed process needs neither the
/// library nor the machine's key. It looks into nothing. Each side is read as fast as the other takes.
final class BrokerRelay {
  private let broker: ByteStream
  private let worker: ByteStream

  /// Bytes that one side has not taken above which the other is not read.
  private static let mostUnsent = 1 << 20

  private init(_ broker: ByteStream, _ worker: ByteStream) {
    self.broker = broker
    self.worker = worker
  }

  /// Begins, and lasts until both sides have ended.
  /// - Returns: the worker's end.
  static func start(with broker: ByteStream, on loop: EventLoop) throws(WorkerLinkError) -> Int32 {
    let (ours, theirs) = try FrameSocket.pair()
    let relay = BrokerRelay(broker, ByteStream(ours, on: loop))
    relay.broker.delegate = relay
    relay.worker.delegate = relay
    return theirs
  }

  private func other(than stream: ByteStream) -> ByteStream { stream === broker ? worker : broker }
}

extension BrokerRelay: ByteStreamDelegate {
  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    let other = other(than: stream)
    other.queue(copyOf: UnsafeRawBufferPointer(bytes))
    if other.unsentBytes > Self.mostUnsent { stream.isReadingPaused = true }
  }

  func streamDrained(_ stream: ByteStream) { other(than: stream).isReadingPaused = false }

  func streamInputEnded(_ stream: ByteStream) {
    // The last words of one side are written to the other.
    other(than: stream).finish()
    stream.drop()
  }

  func stream(_ stream: ByteStream, ended: StreamEnd) { other(than: stream).finish() }
}
