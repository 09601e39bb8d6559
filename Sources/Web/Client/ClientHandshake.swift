internal import IO
internal import Platform

/// The way from an address to an open WebSocket: connecting, perhaps through a proxy, TLS, and the upgrade.
/// `UpgradeCourse` decides what the answers mean.
final class ClientHandshake: ByteStreamDelegate {
  enum Outcome {
    /// The stream is an open WebSocket; `rest` came behind the handshake.
    case opened(ByteStream, rest: UnsafeMutableRawBufferPointer)
    /// `body`: of a response that was no upgrade.
    case failed(WebSocketError, body: String?)
  }

  struct Plan {
    var url: WebSocketURL
    /// The Unix socket that the server listens on, instead of the URL's host and port.
    var socket: String?
    var proxy: Proxy?
    var tls: TLSContext?
    var headers: [HTTPResponse.Header]
  }

  private let loop: EventLoop
  private let plan: Plan
  private let completion: (Outcome) -> Void
  private let key = OpenSSL.base64(randomBytes(16))
  private var course: UpgradeCourse
  private var connector: Connector?
  private var stream: ByteStream?

  /// Begins at once; `completion` is called once, later, and not after `cancel`.
  init(_ plan: Plan, on loop: EventLoop, completion: @escaping (Outcome) -> Void) {
    self.plan = plan
    self.loop = loop
    self.completion = completion
    course = UpgradeCourse(proxy: plan.proxy?.name, isPlain: plan.tls == nil, key: key)
    let target = plan.proxy.map { ($0.host, $0.port) } ?? (plan.socket ?? plan.url.host, plan.url.port)
    connector = Connector(host: target.0, port: target.1, on: loop) { [unowned self] in connected($0) }
  }

  func cancel() {
    connector?.cancel()
    connector = nil
    stream?.delegate = nil
    stream?.drop()
    stream = nil
  }

  /// The time is up.
  var timeout: WebSocketError { course.timeout }

  // MARK: Steps

  private func connected(_ result: Result<Int32, IOError>) {
    connector = nil
    switch result {
    case .failure(let error): fail(course.unreachable(reason(of: error)))
    case .success(let descriptor):
      let stream = ByteStream(descriptor, on: loop)
      stream.delegate = self
      self.stream = stream
      course.connected()
      guard let proxy = plan.proxy else { return upgrade() }
      stream.queue(copyOf: proxy.request(for: plan.url))
    }
  }

  private func reason(of error: IOError) -> String {
    switch error {
    case .unreachable(_, let reason): reason
    case .unresolved, .library, .portInUse, .cannotListen, .notListening, .badCertificate: "\(error)"
    }
  }

  private func upgrade() {
    if let tls = plan.tls { stream?.startTLS(tls, host: plan.url.host) }
    stream?.queue(copyOf: Handshake.request(plan.url, key: key, headers: plan.headers))
  }

  private func fail(_ error: WebSocketError) {
    let text = course.body.isEmpty ? nil : String(decoding: course.body, as: UTF8.self)
    cancel()
    completion(.failed(error, body: text))
  }

  // MARK: From the stream

  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    switch course.read(UnsafeRawBufferPointer(bytes)) {
    case .more: break
    case .tunnelOpen: upgrade()
    case .open(let count):
      self.stream = nil
      completion(.opened(stream, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[count...])))
    case .failed(let error): fail(error)
    }
  }

  func streamInputEnded(_ stream: ByteStream) { fail(course.inputEnded) }
  func streamDrained(_ stream: ByteStream) {}
  func stream(_ stream: ByteStream, ended: StreamEnd) { fail(course.failure(ended)) }
}
