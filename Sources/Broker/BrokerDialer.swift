public import IO

/// Makes one connection to a broker ready: connects, begins TLS, and logs in. On the loop's thread.
public final class BrokerDialer {
  /// A connection that is ready.
  public struct Dialed {
    /// The stream, which has no delegate.
    public var stream: ByteStream
    /// Bytes that have arrived behind the broker's sign.
    public var rest: [UInt8]
    /// The broker said nothing before TLS.
    public var beganWithTLS: Bool
  }

  private let loop: EventLoop
  private let address: BrokerAddress
  private let tls: BrokerTLS
  private let terms: BrokerTerms
  private var state: BrokerState
  private var reader = ProtocolReader()
  private var writer = ProtocolWriter()
  private var connector: Connector?
  private var stream: ByteStream?
  private var timers: [LoopTimer] = []
  private var beginsWithTLS: Bool
  private var completion: ((Result<Dialed, BrokerError>) -> Void)?

  private static let patience = Duration.seconds(2)
  /// Time that the broker has to introduce itself before TLS; after it the broker is one that wants TLS first
  /// (`handshake_first`), if there is to be TLS.
  private static let silence = Duration.milliseconds(300)

  /// `completion` is called later, once; not after `cancel`.
  /// - Parameter beginsWithTLS: without waiting for a word of the broker.
  public init(
    _ address: BrokerAddress, _ settings: BrokerSettings, name: String, beginsWithTLS: Bool, on loop: EventLoop,
    completion: @escaping (Result<Dialed, BrokerError>) -> Void
  ) {
    self.loop = loop
    self.address = address
    self.completion = completion
    self.beginsWithTLS = beginsWithTLS
    tls = settings.tls
    terms = settings.terms(at: address)
    state = BrokerState(terms, name: name)
    after(Self.patience) { [unowned self] in
      let isSilent = stream != nil && !terms.requiresTLS
      end(
        .failure(
          .unreachable(
            "\(address) does not answer" + (isSilent ? "; if it wants TLS first, its URL is tls://\(address)" : ""))))
    }
    connector = Connector(host: address.host, port: address.port, on: loop) { [unowned self] result in
      switch result {
      case .success(let descriptor): connected(descriptor)
      case .failure(let error): end(.failure(.unreachable("\(error) (port \(address.port))")))
      }
    }
  }

  private func after(_ time: Duration, _ body: @escaping () -> Void) { timers.append(loop.after(time, body)) }

  public func cancel() {
    completion = nil
    connector?.cancel()
    for timer in timers { timer.cancel() }
    stream?.delegate = nil
    stream?.drop()
    stream = nil
  }

  private func connected(_ descriptor: Int32) {
    let stream = ByteStream(descriptor, on: loop)
    self.stream = stream
    stream.delegate = self
    guard terms.requiresTLS else { return }
    guard !beginsWithTLS else { return startTLS() }
    after(Self.silence) { [unowned self] in
      guard self.stream?.takeHeard() == false else { return }
      beginsWithTLS = true
      startTLS()
    }
    _ = stream.takeHeard()
  }

  private func startTLS() {
    do throws(IOError) {
      let context = try tls.context()
      stream?.startTLS(context, host: address.host)
    } catch {
      return end(.failure(.unsuitable("is not asked: \(error)")))
    }
    state.startedTLS(into: &writer)
    sendWritten()
  }

  private func sendWritten() {
    stream?.queue(copyOf: writer.bytes)
    writer.reset()
  }

  private func advance() throws(BrokerError) -> Bool {
    while let operation = try reader.next() {
      let step = try state.take(operation, into: &writer)
      sendWritten()
      switch step {
      case .ready: return true
      case .startTLS:
        // Somebody between here and the broker could have put it there.
        guard reader.rest.isEmpty else { throw .malformed("something before TLS began") }
        startTLS()
        return false
      case .none, .message, .complaint: break
      }
    }
    return false
  }

  private func end(_ result: Result<Dialed, BrokerError>) {
    let completion = completion
    if case .success = result { stream = nil }
    cancel()
    completion?(result)
  }
}

extension BrokerDialer: ByteStreamDelegate {
  public func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    reader.take(UnsafeRawBufferPointer(bytes))
    do throws(BrokerError) {
      guard try advance() else { return }
    } catch {
      return end(.failure(error))
    }
    stream.delegate = nil
    end(.success(Dialed(stream: stream, rest: reader.rest, beganWithTLS: beginsWithTLS)))
  }

  public func streamInputEnded(_ stream: ByteStream) {
    end(.failure(.unreachable("\(address): the broker closed the connection")))
  }

  public func streamDrained(_ stream: ByteStream) {}

  public func stream(_ stream: ByteStream, ended: StreamEnd) {
    end(.failure(BrokerError(ended, of: address, hasCertificate: terms.hasCertificate)))
  }
}

extension BrokerError {
  /// The reason why a connection ended before it was ready.
  init(_ end: StreamEnd, of address: BrokerAddress, hasCertificate: Bool) {
    switch end {
    case .finished: self = .unreachable("\(address): the broker closed the connection")
    case .notTLS: self = .unsuitable("at \(address) does not begin with TLS")
    case .untrusted(let reason):
      let advice =
        if reason.contains("mismatch") {
          "its URL must have a name of the certificate"
        } else if reason.contains("expired") || reason.contains("not yet") {
          "it must be renewed, or the clock set"
        } else {
          "--broker-ca must have the authority that signed it"
        }
      self = .untrusted("\(address): \(reason); \(advice)")
    case .broken(let reason) where reason.contains("alert"):
      // An alert says what is wrong with a client's certificate.
      let advice =
        hasCertificate ? "see --broker-cert" : "if it wants a certificate, give --broker-cert and --broker-key"
      self = .refused("\(address): \(reason); \(advice)")
    case .broken(let reason): self = .unreachable("\(address): \(reason)")
    }
  }
}
