import IO

/// A server, as its connections see it.
protocol HTTPConnectionOwner: WebSocketOwner {
  var loop: EventLoop { get }
  func requested(_ exchange: HTTPExchange)
  func answer(upgrade request: HTTPRequest) -> UpgradeAnswer
  /// A trusted balancer says whose connection it is.
  func proxied(_ connection: HTTPConnection, for client: ClientAddress)
  /// The client that a head from this address is from: another one if the address is a trusted proxy's.
  func client(of head: HTTPHead, from peer: ClientAddress) throws(RequestError) -> ClientAddress
  func response(refusing error: RequestError) -> HTTPResponse
  /// Its request is being served, which takes a while.
  func isServing(_ connection: HTTPConnection)
  func upgraded(_ request: HTTPConnection, to connection: WebSocketConnection)
  func ended(_ connection: HTTPConnection)
}

/// A server's connection until it is a WebSocket or over: requests, one after another.
final class HTTPConnection: ByteStreamDelegate {
  private enum Phase {
    /// A head is awaited, or on its way.
    case head
    /// A request is being received or answered.
    case exchange
    /// The last response is on its way out.
    case finishing
  }

  let stream: ByteStream
  private unowned let server: any HTTPConnectionOwner
  /// Of a trusted proxy, whose requests may come from various clients, its own.
  var client: ClientAddress
  private let parser = HTTPParser(.requests)
  private var phase = Phase.head
  private var exchange: HTTPExchange?
  /// Requests that arrived before the one at hand was answered.
  private var held: [UInt8] = []
  /// The client has shut down its side.
  private var hasInputEnded = false
  /// What it held when the server was last told.
  private var reported = ConnectionHolding()
  /// Since when the head, or more of the body, is awaited, or the response is to be taken.
  private var waitingSince: Duration

  /// More than this of further requests is not read before the one at hand is answered.
  private static let maximumHeldBytes = 64 << 10

  init(_ stream: ByteStream, client: ClientAddress, server: any HTTPConnectionOwner) {
    self.stream = stream
    self.client = client
    self.server = server
    waitingSince = server.loop.now
  }

  // MARK: From the stream

  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    guard case .finishing = phase else {
      read(bytes)
      return reportHolding()
    }
  }

  /// What is kept of further requests, and of responses that are not read.
  private func reportHolding() {
    let unread = stream.unsentBytes > ByteStream.lowWaterBytes ? stream.unsentBytes : 0
    let holding = ConnectionHolding(bytes: held.count + unread)
    guard holding != reported else { return }
    server.held(reported, now: holding)
    reported = holding
  }

  func streamInputEnded(_ stream: ByteStream) {
    hasInputEnded = true
    switch phase {
    // It still reads what it has asked for.
    case .exchange where exchange?.hasBodyEnded == true: if exchange?.endsWithInput == true { stream.drop() }
    case .head where !held.isEmpty: break
    case .head where !parser.hasBegun: stream.finish()
    case .head, .exchange: stream.drop()
    case .finishing: break
    }
  }

  func streamDrained(_ stream: ByteStream) {
    exchange?.drained()
    if !held.isEmpty { server.loop.after(.zero) { [weak self] in self?.readHeld() } }
    reportHolding()
  }

  /// Nothing of the request is looked at: what it holds was sent in the open.
  func streamIsNotTLS(_ stream: ByteStream) {
    refuse(RequestError(400, "Expected TLS on this port: use https:// or wss://"))
  }

  func stream(_ stream: ByteStream, isFrom client: ClientAddress) { server.proxied(self, for: client) }

  func stream(_ stream: ByteStream, hasBadProxyHeader reason: String) { refuse(RequestError(400, reason)) }

  func stream(_ stream: ByteStream, ended: StreamEnd) {
    phase = .finishing
    let exchange = exchange
    self.exchange = nil
    held = []
    reportHolding()
    server.ended(self)
    exchange?.cancelled()
  }

  // MARK: Requests

  private func read(_ bytes: UnsafeMutableRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      if let exchange, exchange.hasBodyEnded { return hold(rest) }
      // Further requests wait until the responses are read.
      if exchange == nil, stream.unsentBytes > ByteStream.lowWaterBytes {
        stream.isReadingPaused = true
        return hold(rest)
      }
      let (count, events) = parser.read(UnsafeRawBufferPointer(rest))
      rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      for event in events {
        switch event {
        case .head(let head): begin(head)
        case .body(let piece): receive(piece)
        case .end, .upgrade: if endRequest(rest) { return }
        case .failed(let error): refuse(error)
        }
        if case .finishing = phase { return }
      }
    }
  }

  private func hold(_ bytes: UnsafeMutableRawBufferPointer) {
    held += bytes
    if held.count > Self.maximumHeldBytes { stream.isReadingPaused = true }
  }

  private func begin(_ head: HTTPHead) {
    phase = .exchange
    do throws(RequestError) {
      let client = try server.client(of: head, from: client)
      let exchange = HTTPExchange(try HTTPRequest(head, peer: client.text, network: client.network), on: self)
      self.exchange = exchange
      if Handshake.isRequested(by: exchange.request) {
        // Not at its end: a body that nobody wants may be endless.
        if let refusal = Handshake.refusal(of: exchange.request) { throw refusal }
        return
      }
      server.requested(exchange)
      // It has said what it wants, and is served.
      guard exchange.delegate != nil else { return }
      waitingSince = server.loop.now
      server.isServing(self)
    } catch {
      refuse(error, method: head.method)
    }
  }

  /// A body that nobody takes gets no more time for coming.
  private func receive(_ body: UnsafeRawBufferPointer) {
    guard let exchange, exchange.delegate != nil else { return }
    waitingSince = server.loop.now
    exchange.received(body)
  }

  /// - Returns: whether the stream belongs to a WebSocket now, or is over.
  private func endRequest(_ rest: UnsafeMutableRawBufferPointer) -> Bool {
    guard let exchange else { return false }
    if Handshake.isRequested(by: exchange.request) {
      upgrade(exchange.request, rest)
      return true
    }
    exchange.bodyEnded()
    // Its response did not wait for the request's end.
    if exchange.isOver, self.exchange === exchange { nextRequest() }
    return false
  }

  /// The exchange has its whole response.
  func responded(keepAlive: Bool) {
    guard keepAlive else {
      phase = .finishing
      exchange = nil
      waitingSince = server.loop.now
      return stream.finish()
    }
    if exchange?.hasBodyEnded == true { nextRequest() }
  }

  private func nextRequest() {
    exchange = nil
    phase = .head
    waitingSince = server.loop.now
    guard !held.isEmpty else {
      if hasInputEnded { stream.finish() }
      return
    }
    // Not now: this may be called while the request before is delivered.
    server.loop.after(.zero) { [weak self] in self?.readHeld() }
  }

  private func readHeld() {
    guard exchange == nil, case .head = phase, stream.unsentBytes <= ByteStream.lowWaterBytes else { return }
    var bytes = held
    held = []
    stream.isReadingPaused = false
    bytes.withUnsafeMutableBytes { read($0) }
    // The rest of a request will not come.
    if hasInputEnded, held.isEmpty, exchange?.hasBodyEnded != true { stream.drop() }
    reportHolding()
  }

  /// - Parameter method: of the request, if its head has come.
  private func refuse(_ error: RequestError, method: String? = nil) {
    var error = error
    error.path = error.path ?? exchange?.request.path ?? parser.path
    let unanswered = exchange
    unanswered?.failed(error)
    if case .finishing = phase { return }
    // Its reader must not take a refusal for a piece of the response.
    if unanswered?.hasBegun == true {
      phase = .finishing
      return stream.drop()
    }
    defer { unanswered?.cancelled() }
    let response = server.response(refusing: error)
    let method = method ?? unanswered?.request.method ?? parser.method
    stream.queue(copyOf: response.encoded(isHead: method == "HEAD", keepAlive: false))
    responded(keepAlive: false)
  }

  // MARK: Upgrades

  private func upgrade(_ request: HTTPRequest, _ rest: UnsafeMutableRawBufferPointer) {
    switch server.answer(upgrade: request) {
    case .accept(let acceptance):
      exchange = nil
      held = []
      reportHolding()
      stream.queue(
        copyOf: Handshake.response(to: request, subprotocol: acceptance.subprotocol, headers: acceptance.headers))
      let connection = WebSocketConnection(acceptance, request, server: server)
      connection.open(stream)
      server.upgraded(self, to: connection)
      connection.handler?.opened(connection)
      if !rest.isEmpty { connection.stream(stream, received: rest) }
    case .refuse(let response):
      stream.queue(copyOf: response.encoded(isHead: false, keepAlive: false))
      responded(keepAlive: false)
    }
  }

  // MARK: Time

  /// Ends a connection that is slow to say what it wants, or to take its response.
  func checkPatience(_ reception: Reception, slowReader: Duration, now: Duration) {
    if let blocked = stream.blockedSince, now - blocked >= slowReader { return stream.drop() }
    // Progress of a slow reader counts as activity.
    let waited = now - max(waitingSince, stream.blockedSince ?? .zero)
    switch phase {
    case .head where waited < reception.handshake: break
    case .head where parser.hasBegun: refuse(RequestError(408, "Request not complete in time"))
    case .head: stream.drop()
    case .exchange:
      guard let exchange, !exchange.hasBodyEnded else { return }
      // Nothing can come that is not read.
      guard !stream.isReadingPaused else {
        waitingSince = now
        return
      }
      // A body that nobody takes gets no longer than a head.
      guard waited >= (exchange.delegate == nil ? reception.handshake : reception.body) else { return }
      refuse(RequestError(408, "Request not complete in time"))
    case .finishing: if waited >= reception.handshake * 2 { stream.drop() }
    }
  }
}
