internal import Glibc
public import IO

/// Makes one connection to a broker ready: connects, and logs in. On the loop's thread.
public final class BrokerDialer {
  /// A connection that is ready.
  public struct Dialed {
    public var descriptor: Int32
    /// Bytes that have arrived behind the broker's sign.
    public var rest: [UInt8]
  }

  private let loop: EventLoop
  private var state: BrokerState
  private var reader = ProtocolReader()
  private var writer = ProtocolWriter()
  private var connector: Connector?
  private var descriptor: Int32 = -1
  private var watch: DescriptorWatch?
  private var timer: LoopTimer?
  private var completion: ((Result<Dialed, BrokerError>) -> Void)?

  private static let patience = Duration.seconds(2)

  /// `completion` is called later, once; not after `cancel`. Whoever gets the descriptor closes it.
  public init(
    _ address: BrokerAddress, _ login: BrokerLogin?, name: String, on loop: EventLoop,
    completion: @escaping (Result<Dialed, BrokerError>) -> Void
  ) {
    self.loop = loop
    self.completion = completion
    state = BrokerState(login, name: name)
    timer = loop.after(Self.patience) { [unowned self] in
      end(.failure(.unreachable("\(address.host):\(address.port) does not answer")))
    }
    connector = Connector(host: address.host, port: address.port, on: loop) { [unowned self] result in
      switch result {
      case .success(let descriptor): connected(descriptor)
      case .failure(let error): end(.failure(.unreachable("\(error) (port \(address.port))")))
      }
    }
  }

  deinit { cancel() }

  public func cancel() {
    completion = nil
    release()
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func release() {
    connector?.cancel()
    timer?.cancel()
    watch?.cancel()
  }

  private func connected(_ descriptor: Int32) {
    self.descriptor = descriptor
    watch = loop.watch(descriptor: descriptor, readable: { [unowned self] in read() })
  }

  private func read() {
    let outcome: Result<Dialed?, BrokerError> = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) {
      buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else {
        if count < 0, errno == EAGAIN || errno == EINTR { return .success(nil) }
        let reason = count == 0 ? "the broker closed the connection" : String(cString: strerror(errno))
        return .failure(.unreachable(reason))
      }
      reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return Result { () throws(BrokerError) in try advance() }
    }
    switch outcome {
    case .success(nil): break
    case .success(let dialed?): end(.success(dialed))
    case .failure(let error): end(.failure(error))
    }
  }

  private func advance() throws(BrokerError) -> Dialed? {
    while let operation = try reader.next() {
      let step = try state.take(operation, into: &writer)
      // Some hundred bytes on a fresh connection: the kernel takes them at once.
      if !writer.bytes.isEmpty {
        let sent = send(descriptor, writer.bytes, writer.bytes.count, Int32(MSG_NOSIGNAL))
        guard sent == writer.bytes.count else { throw .unreachable("the broker takes no bytes") }
        writer.reset()
      }
      if case .ready = step { return Dialed(descriptor: descriptor, rest: reader.rest) }
    }
    return nil
  }

  private func end(_ result: Result<Dialed, BrokerError>) {
    let completion = completion
    if case .success = result { descriptor = -1 }
    cancel()
    completion?(result)
  }
}
