public import IO

/// A connection to one of several brokers that is made anew whenever it breaks. On the loop's thread.
public final class BrokerConnection {
  public protocol Delegate: AnyObject {
    /// There is a connection, without subscriptions.
    func brokerConnected()
    /// The connection broke, with all subscriptions; another one is being made.
    func broker(lost reason: String)
    /// No connection could be made, for a reason that is not the last one; it is tried again.
    func broker(unreached reason: String)
    func broker(delivered message: BrokerMessage)
    /// The broker did not do one thing.
    func broker(complains reason: String)
  }

  public unowned var delegate: (any Delegate)?
  private let loop: EventLoop
  private let settings: BrokerSettings
  private let name: String
  private var policy: RedialPolicy
  private var dialer: BrokerDialer?
  private var stream: ByteStream?
  private var state = BrokerState.established
  // Accessed for each message: checks, with those of `BrokerChannel`, took 260 instructions a chunk, beside 10,300 for
  // all else.
  @exclusivity(unchecked) private var reader = ProtocolReader()
  @exclusivity(unchecked) private var writer = ProtocolWriter()
  /// Why there is no connection; nil if there is one.
  public private(set) var problem: BrokerError? = .unreachable("not tried yet")
  private var isClosed = false

  /// - Parameter name: shown to the broker's operator.
  public init(_ settings: BrokerSettings, name: String, on loop: EventLoop) {
    self.loop = loop
    self.settings = settings
    self.name = name
    policy = settings.redialPolicy
  }

  public var isConnected: Bool { stream != nil }

  /// Begins to connect.
  public func start() {
    guard !isClosed else { return }
    let (broker, pause) = policy.attempt()
    loop.after(pause) { [weak self] in self?.dial(broker) }
  }

  private func dial(_ broker: Int) {
    guard !isClosed else { return }
    dialer = BrokerDialer(
      settings.addresses[broker], settings, name: name, beginsWithTLS: policy.beginsWithTLS(broker), on: loop
    ) { [unowned self] result in
      dialer = nil
      switch result {
      case .success(let dialed):
        policy.succeeded(broker, beganWithTLS: dialed.beganWithTLS)
        connected(dialed)
      case .failure(let error):
        policy.failed(broker)
        let isNew = error != problem
        problem = error
        if isNew { delegate?.broker(unreached: error.description) }
        start()
      }
    }
  }

  private func connected(_ dialed: BrokerDialer.Dialed) {
    problem = nil
    reader = ProtocolReader()
    state = .established
    writer.reset()
    stream = dialed.stream
    dialed.stream.delegate = self
    delegate?.brokerConnected()
    dialed.rest.withUnsafeBytes { receive($0, from: dialed.stream) }
  }

  /// Gives up this connection, which has gone silent, and makes another one.
  public func drop() { stream?.drop() }

  /// Ends it for good.
  public func close() {
    isClosed = true
    delegate = nil
    dialer?.cancel()
    stream?.drop()
  }

  // MARK: To the broker

  public func subscribe(_ subject: String, as subscription: Int) {
    send { $0.subscribe(subject, as: subscription) }
  }

  public func unsubscribe(_ subscription: Int) { send { $0.unsubscribe(subscription) } }

  public func publish(_ subject: String, _ payload: [UInt8]) {
    payload.withUnsafeBytes { payload in send { $0.publish(subject, payload) } }
  }

  /// See `ProtocolWriter`.
  public func publish(
    _ subject: String, reply: String, _ payload: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer
  ) {
    send { $0.publish(subject, reply: reply, payload, more) }
  }

  /// Asks for something that the broker does itself.
  public func publish(_ request: KeyValueBucket.Request, reply: String) {
    request.payload.withUnsafeBytes { payload in
      send { writer in
        if let header = request.header {
          writer.publish(request.subject, reply: reply, header, payload)
        } else {
          writer.publish(request.subject, reply: reply, payload)
        }
      }
    }
  }

  /// Nothing is sent while there is no connection.
  private func send(_ write: (inout ProtocolWriter) -> Void) {
    guard let stream else { return }
    write(&writer)
    stream.queue(copyOf: writer.bytes)
    writer.reset()
  }
}

extension BrokerConnection: ByteStreamDelegate {
  public func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    receive(UnsafeRawBufferPointer(bytes), from: stream)
  }

  private func receive(_ bytes: UnsafeRawBufferPointer, from stream: ByteStream) {
    reader.take(bytes)
    do throws(BrokerError) {
      while self.stream === stream, let operation = try reader.next() {
        let step = try state.take(operation, into: &writer)
        if !writer.bytes.isEmpty { send { _ in } }
        switch step {
        case .none, .ready, .startTLS: break
        case .message(let message): delegate?.broker(delivered: message)
        case .complaint(let reason): delegate?.broker(complains: reason)
        }
      }
    } catch {
      problem = error
      stream.drop()
    }
  }

  public func streamInputEnded(_ stream: ByteStream) { stream.drop() }
  public func streamDrained(_ stream: ByteStream) {}

  public func stream(_ stream: ByteStream, ended: StreamEnd) {
    guard self.stream === stream else { return }
    self.stream = nil
    let error = problem ?? .unreachable("the connection to the broker broke")
    problem = error
    delegate?.broker(lost: error.description)
    start()
  }
}
