internal import IO

/// Answers of a proxy and a server until a WebSocket is open: bytes in, steps out. It owns no socket.
struct UpgradeCourse {
  enum Step {
    /// More bytes are awaited.
    case more
    /// The tunnel to the server is open, and TLS and the request for the upgrade are due.
    case tunnelOpen
    /// The WebSocket is open: its frames begin behind so many bytes.
    case open(after: Int)
    case failed(WebSocketError)
  }

  private enum Phase {
    case connecting
    /// The proxy has been asked for a tunnel.
    case proxy
    /// The server has been asked for the upgrade.
    case upgrade
    /// A refusal has come; its body is read to its end, or for as long as it may be.
    case refused(WebSocketError)
  }

  /// A refusal says why in a line or two.
  private static let maximumBodyBytes = 16 << 10
  /// Responses of 1xx ahead of the one that counts. Servers send one or two.
  private static let maximumInterim = 20

  /// The proxy's name, if there is one.
  private let proxy: String?
  private let isPlain: Bool
  private let key: String
  private var phase = Phase.connecting
  private var parser: HTTPParser
  private var hasHeardServer = false
  private var interim = 0
  private var isInInterim = false
  /// Of a response that was no upgrade.
  private(set) var body: [UInt8] = []

  /// - Parameters:
  ///   - isPlain: without TLS.
  ///   - key: of the request for the upgrade.
  init(proxy: String?, isPlain: Bool, key: String) {
    self.proxy = proxy
    self.isPlain = isPlain
    self.key = key
    parser = HTTPParser(proxy == nil ? .responses : .tunnelResponses)
  }

  /// There is a connection: the proxy is asked for a tunnel, or without one the server for the upgrade.
  mutating func connected() { phase = proxy == nil ? .upgrade : .proxy }

  // MARK: What comes

  mutating func read(_ bytes: UnsafeRawBufferPointer) -> Step {
    if isServerAlert(bytes) { return .failed(.speaksTLS) }
    var rest = bytes
    while !rest.isEmpty {
      let (count, events) = parser.read(rest)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      for event in events {
        switch event {
        case .head(let head): if let error = decide(head) { return .failed(error) }
        case .body(let piece):
          body += piece.prefix(Self.maximumBodyBytes - body.count)
          if body.count == Self.maximumBodyBytes, let refusal { return .failed(refusal) }
        case .end, .upgrade: if let step = complete(bytes.count - rest.count, rest) { return step }
        case .failed(let error): return .failed(refusal ?? unreachable("no HTTP: \(error.reason)"))
        }
      }
    }
    return .more
  }

  /// The first byte of a TLS alert (RFC 8446, 5.1), with which no response begins.
  private mutating func isServerAlert(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard case .upgrade = phase, !hasHeardServer, let first = bytes.first else { return false }
    hasHeardServer = true
    return isPlain && first == 21
  }

  private mutating func decide(_ head: HTTPHead) -> WebSocketError? {
    if head.status / 100 == 1, head.status != 101 {
      interim += 1
      isInInterim = true
      return interim > Self.maximumInterim ? unreachable("more than \(Self.maximumInterim) responses of 1xx") : nil
    }
    switch phase {
    case .proxy where head.status / 100 == 2: return nil
    case .proxy:
      let hint = head.status == 407 ? ": it needs http://USER:PASSWORD@HOST:PORT" : ""
      phase = .refused(unreachable("HTTP status \(head.status)\(hint)"))
    case .upgrade where head.status == 101:
      return Handshake.problem(of: head, key: key).map { .unreachable(reason: $0) }
    case .upgrade where (300..<400).contains(head.status) && head.headers["location"] != nil:
      phase = .refused(.redirected(status: head.status, location: head.headers["location"] ?? ""))
    case .upgrade:
      phase = .refused(
        .refused(status: head.status, retryAfterSeconds: head.headers["retry-after"].flatMap { Int($0) }))
    case .connecting, .refused: break
    }
    return nil
  }

  /// A response is complete.
  private mutating func complete(_ count: Int, _ rest: UnsafeRawBufferPointer) -> Step? {
    guard !isInInterim else {
      isInInterim = false
      return nil
    }
    switch phase {
    case .proxy:
      // The server has not been asked yet: the proxy, or somebody on the way to it, has put it there.
      guard rest.isEmpty else { return .failed(unreachable("it said something in the server's place")) }
      parser = HTTPParser(.responses)
      phase = .upgrade
      return .tunnelOpen
    case .upgrade: return .open(after: count)
    case .refused, .connecting: return refusal.map { .failed($0) }
    }
  }

  // MARK: Why there is no WebSocket

  /// Nothing more is needed of a refusal.
  private var refusal: WebSocketError? {
    guard case .refused(let error) = phase else { return nil }
    if case .refused(status: 400, _) = error, isPlain, Self.asksForTLS(body) { return .speaksTLS }
    return error
  }

  /// Until the tunnel is open, the proxy is the one that fails.
  func unreachable(_ reason: String) -> WebSocketError {
    switch phase {
    case .connecting, .proxy: proxy.map { .proxyFailed(proxy: $0, reason: reason) } ?? .unreachable(reason: reason)
    case .upgrade, .refused: .unreachable(reason: reason)
    }
  }

  /// The time is up.
  var timeout: WebSocketError {
    switch phase {
    case .connecting, .proxy: proxy.map { .proxyFailed(proxy: $0, reason: "no answer in time") } ?? .timedOut
    case .upgrade: .timedOut
    case .refused(let error): refusal ?? error
    }
  }

  /// Nothing more comes.
  var inputEnded: WebSocketError { refusal ?? hungUp("the connection was closed") }

  /// The stream is over.
  func failure(_ end: StreamEnd) -> WebSocketError {
    switch end {
    case .untrusted(let reason): .untrusted(reason: reason)
    case .notTLS: .speaksNoTLS
    case .broken(let reason) where reason.hasPrefix("TLS"): .unreachable(reason: reason)
    case .broken(let reason): refusal ?? hungUp(reason)
    case .finished: inputEnded
    }
  }

  /// A server that expects TLS may end a plain connection without a word, and the other way around.
  private func hungUp(_ reason: String) -> WebSocketError {
    guard case .upgrade = phase else { return unreachable(reason) }
    let hint = isPlain ? "if the server speaks TLS, use wss://" : "if the server speaks no TLS, use ws://"
    return .unreachable(reason: "\(reason); \(hint)")
  }

  /// Servers with TLS answer a plain request with 400 and such a text, if they do.
  private static func asksForTLS(_ body: [UInt8]) -> Bool {
    let text = String(decoding: body, as: UTF8.self).lowercased()
    return ["https", "ssl", "tls"].contains { text.contains($0) }
  }
}
