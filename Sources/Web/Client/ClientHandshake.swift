internal import IO
internal import Platform

/// What leads from an address to an open WebSocket: connecting, perhaps through a proxy, TLS, and the upgrade.
final class ClientHandshake: ByteStreamDelegate {
  enum Outcome {
    /// The stream is an open WebSocket; `rest` came behind the handshake.
    case opened(ByteStream, rest: UnsafeMutableRawBufferPointer)
    /// `body`: of a response that was no upgrade.
    case failed(WebSocketError, body: String?)
  }

  private enum Phase {
    case connecting(Connector)
    /// The proxy has been asked for a tunnel.
    case proxy
    case upgrade
    /// A refusal has come; its body is read to its end, or for as long as it may be.
    case refused(WebSocketError)
    case over
  }

  struct Plan {
    var url: WebSocketURL
    /// The Unix socket that the server listens on, instead of the URL's host and port.
    var socket: String?
    var proxy: Proxy?
    var tls: TLSContext?
    var headers: [HTTPResponse.Header]
  }

  /// A refusal says why in a line or two.
  private static let maximumBodyBytes = 16 << 10

  private let loop: EventLoop
  private let plan: Plan
  private let completion: (Outcome) -> Void
  private let key = OpenSSL.base64(randomBytes(16))
  private var phase = Phase.over
  private var stream: ByteStream?
  private var parser: HTTPParser
  private var body: [UInt8] = []

  /// Begins at once; `completion` is called once, later, and not after `cancel`.
  init(_ plan: Plan, on loop: EventLoop, completion: @escaping (Outcome) -> Void) {
    self.plan = plan
    self.loop = loop
    self.completion = completion
    parser = HTTPParser(plan.proxy == nil ? .responses : .tunnelResponses)
    let target = plan.proxy.map { ($0.host, $0.port) } ?? (plan.socket ?? plan.url.host, plan.url.port)
    phase = .connecting(
      Connector(host: target.0, port: target.1, on: loop) { [unowned self] in connected($0) })
  }

  func cancel() {
    if case .connecting(let connector) = phase { connector.cancel() }
    phase = .over
    stream?.delegate = nil
    stream?.drop()
    stream = nil
  }

  // MARK: Steps

  private func connected(_ result: Result<Int32, IOError>) {
    switch result {
    case .failure(let error): fail(reachabilityError(error))
    case .success(let descriptor):
      let stream = ByteStream(descriptor, on: loop)
      stream.delegate = self
      self.stream = stream
      guard let proxy = plan.proxy else { return upgrade() }
      phase = .proxy
      stream.queue(copyOf: proxy.request(for: plan.url))
    }
  }

  private func reachabilityError(_ error: IOError) -> WebSocketError {
    let reason =
      switch error {
      case .unreachable(_, let reason): reason
      case .unresolved, .library, .portInUse, .cannotListen, .notListening, .badCertificate: "\(error)"
      }
    return unreachable(reason)
  }

  /// Until the tunnel is open, what fails is the proxy.
  private func unreachable(_ reason: String) -> WebSocketError {
    switch phase {
    case .connecting, .proxy:
      plan.proxy.map { .proxyFailed(proxy: $0.name, reason: reason) } ?? .unreachable(reason: reason)
    case .upgrade, .refused, .over: .unreachable(reason: reason)
    }
  }

  /// The time is up.
  var timeout: WebSocketError {
    if case .upgrade = phase { return .timedOut }
    return plan.proxy.map { .proxyFailed(proxy: $0.name, reason: "no answer in time") } ?? .timedOut
  }

  private var isPlain: Bool { plan.tls == nil }

  private func upgrade() {
    phase = .upgrade
    if let tls = plan.tls { stream?.startTLS(tls, host: plan.url.host) }
    stream?.queue(copyOf: Handshake.request(plan.url, key: key, headers: plan.headers))
  }

  private func fail(_ error: WebSocketError) {
    let text = body.isEmpty ? nil : String(decoding: body, as: UTF8.self)
    cancel()
    completion(.failed(error, body: text))
  }

  // MARK: From the stream

  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    if case .upgrade = phase, isPlain, Self.isAlert(bytes) { return fail(.speaksTLS) }
    var rest = bytes
    while !rest.isEmpty, self.stream != nil {
      let (count, events) = parser.read(UnsafeRawBufferPointer(rest))
      rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      for event in events {
        switch event {
        case .head(let head): decide(head)
        case .body(let piece):
          body += piece.prefix(Self.maximumBodyBytes - body.count)
          if body.count == Self.maximumBodyBytes { end() }
        case .end, .upgrade: if complete(rest) { return }
        case .failed(let error): fail(unreachable("no HTTP: \(error.reason)"))
        }
      }
    }
  }

  private func decide(_ head: HTTPHead) {
    switch phase {
    case .proxy where head.status / 100 == 2: break
    case .proxy:
      let hint = head.status == 407 ? ": it needs http://USER:PASSWORD@HOST:PORT" : ""
      phase = .refused(unreachable("HTTP status \(head.status)\(hint)"))
    case .upgrade where head.status == 101:
      if let problem = Handshake.problem(of: head, key: key) { fail(.unreachable(reason: problem)) }
    case .upgrade where (300..<400).contains(head.status) && head.headers["location"] != nil:
      phase = .refused(.redirected(status: head.status, location: head.headers["location"] ?? ""))
    case .upgrade:
      phase = .refused(
        .refused(status: head.status, retryAfterSeconds: head.headers["retry-after"].flatMap { Int($0) }))
    case .connecting, .refused, .over: break
    }
  }

  /// A response is complete.
  /// - Returns: whether the handshake is over.
  private func complete(_ rest: UnsafeMutableRawBufferPointer) -> Bool {
    switch phase {
    case .proxy:
      parser = HTTPParser(.responses)
      upgrade()
      return false
    case .upgrade:
      guard let stream else { return true }
      self.stream = nil
      phase = .over
      completion(.opened(stream, rest: rest))
    case .refused, .connecting, .over: end()
    }
    return true
  }

  /// Nothing more is needed of a refusal.
  private func end() {
    guard case .refused(let error) = phase else { return }
    if case .refused(status: 400, _) = error, isPlain, Self.asksForTLS(body) { return fail(.speaksTLS) }
    fail(error)
  }

  func streamInputEnded(_ stream: ByteStream) {
    if case .refused = phase { return end() }
    hungUp("the connection was closed")
  }

  /// A server that expects TLS may end a plain connection without a word, and the other way around.
  private func hungUp(_ reason: String) {
    guard case .upgrade = phase else { return fail(unreachable(reason)) }
    let hint = isPlain ? "if the server speaks TLS, use wss://" : "if the server speaks no TLS, use ws://"
    fail(.unreachable(reason: "\(reason); \(hint)"))
  }

  /// The first bytes of a TLS alert (RFC 8446, 5.1 and 6).
  private static func isAlert(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
    bytes.count > 1 && bytes[0] == 21 && bytes[1] == 3
  }

  /// Servers with TLS answer a plain request with 400 and such a text, if they do.
  private static func asksForTLS(_ body: [UInt8]) -> Bool {
    let text = String(decoding: body, as: UTF8.self).lowercased()
    return ["https", "ssl", "tls"].contains { text.contains($0) }
  }

  func streamDrained(_ stream: ByteStream) {}

  func stream(_ stream: ByteStream, ended: StreamEnd) {
    switch ended {
    case .untrusted(let reason): fail(.untrusted(reason: reason))
    case .notTLS: fail(.speaksNoTLS)
    case .broken(let reason) where reason.hasPrefix("TLS"): fail(.unreachable(reason: reason))
    case .broken(let reason): hungUp(reason)
    case .finished: hungUp("the connection was closed")
    }
  }
}
