internal import Transports
internal import WorkerLink

/// The links of a worker to gateways over a broker: each has its own streams. Messages in, messages out, no sockets.
struct GatewayLinks: ~Copyable {
  /// After this time without a message a gateway is gone: it sends eight heartbeats a second.
  static let patience = Duration.seconds(30)

  private let engines: EngineCatalog
  private let hello: WorkerHello
  /// The worker in subjects.
  private let name: String
  /// Gives the broker a message: its subject, the one for replies, header, bytes.
  private let publish: (String, String, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  /// Few, and in order, so that what is sent does not depend on how names are hashed.
  private var links: [GatewayLink] = []
  private let mirror: Mirror

  init(
    _ name: String, engines: EngineCatalog, hello: WorkerHello, mirror: Mirror = Mirror(),
    publish: @escaping (String, String, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) {
    self.name = name
    self.engines = engines
    self.hello = hello
    self.mirror = mirror
    self.publish = publish
  }

  /// Streams of clients.
  var streams: Int { links.reduce(0) { $0 + $1.streams } }
  /// Of all copies of sessions.
  var copyBytes: Int { mirror.byteCount }
  var copiesDropped: Int { mirror.dropped }
  /// Nothing is to be answered or to be sent any more.
  var isIdle: Bool { links.allSatisfy { $0.table.pendingFinishes == 0 && $0.channel.queuedBytes == 0 } }
  /// Readable when an engine has something for `collect`.
  var descriptors: [Int32] { links.map { $0.table.mailbox.descriptor } }

  /// A message to this worker.
  mutating func take(_ subject: String, isUndelivered: Bool, _ payload: UnsafeRawBufferPointer, now: Duration) {
    guard let gateway = LinkSubject.process(in: subject) else { return }
    // The gateway is gone, or will begin anew.
    guard !isUndelivered else { return forget(gateway, now: now) }
    guard let header = BrokerLink.Header(payload) else { return }
    let known = links.first { $0.gateway == gateway }
    let current = known?.channel.number ?? 0
    guard header.link >= current else { return }
    guard !header.isEnd else { return forget(gateway, now: now) }
    guard let link = header.link > current ? begin(header, gateway, isKnown: known != nil, now: now) : known else {
      return end(header.link, gateway)
    }
    link.lastHeard = now
    do throws(WorkerLinkError) {
      try link.take(header, payload) { handle($0, over: link, now: now) }
    } catch {
      forget(gateway, now: now)
      end(header.link, gateway)
    }
  }

  private mutating func forget(_ gateway: String, now: Duration) {
    links.removeAll { $0.gateway == gateway }
    mirror.lost(gateway, now: now)
  }

  /// A new link in the place of any other with that gateway.
  private mutating func begin(_ header: BrokerLink.Header, _ gateway: String, isKnown: Bool, now: Duration)
    -> GatewayLink?
  {
    guard header.isFirst, isKnown || links.count < BrokerLink.mostLinks, let table = try? StreamTable(engines: engines)
    else { return nil }
    forget(gateway, now: now)
    let link = GatewayLink(gateway, BrokerChannel(link: header.link, hasWindow: false), table)
    links.append(link)
    let (there, back) = (LinkSubject.toGateway(gateway, from: name), LinkSubject.toWorker(name, from: gateway))
    link.channel.onPiece = { [publish] in publish(there, back, $0, $1) }
    link.channel.frames.hello(hello)
    link.channel.frames.onReply = { [mirror] in mirror.replied($0, $1, to: gateway) }
    return link
  }

  /// Tells the gateway that this link is of no use.
  private func end(_ number: UInt64, _ gateway: String) {
    BrokerLink.Header.end(of: number).withBytes {
      publish(
        LinkSubject.toGateway(gateway, from: name), LinkSubject.toWorker(name, from: gateway), $0,
        UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// Sends what engines have done by now, and what is queued.
  func flush() {
    for link in links {
      link.table.collect(into: link.channel.frames)
      link.channel.flush()
    }
  }

  /// Forgets gateways that have gone silent. Only while the broker is heard.
  mutating func forgetSilent(now: Duration) {
    for link in links where now - link.lastHeard >= Self.patience { forget(link.gateway, now: now) }
    mirror.forgetIdle(now: now)
  }

  /// The broker is lost: what is under way is lost, too, and every gateway begins a new link.
  mutating func forgetAll(now: Duration) { for link in links { forget(link.gateway, now: now) } }

  // MARK: Requests

  private func handle(_ request: WorkerRequest, over link: GatewayLink, now: Duration) {
    switch request {
    case .state(let state, let piece):
      if !mirror.take(state, piece, from: link.gateway) { link.channel.frames.fenced(state.key) }
    case .take(let key, let epoch): give(key, epoch, over: link, now: now)
    case .forget(let key, let epoch): mirror.forget(key, epoch: epoch)
    case .chunk(let header, let piece):
      mirror.received(header, piece, from: link.gateway)
      link.handle(request)
    case .close(let stream):
      mirror.closed(stream, of: link.gateway, now: now)
      link.handle(request)
    case .welcome, .open, .finish, .shutdown: link.handle(request)
    }
  }

  /// Gives a gateway the image of a session, and tells the one that had it.
  private func give(_ key: SessionKey, _ epoch: UInt64, over link: GatewayLink, now: Duration) {
    switch mirror.take(key, epoch: epoch, by: link.gateway, now: now) {
    case .unknown: link.channel.frames.untaken(key, isFenced: false)
    case .fenced: link.channel.frames.untaken(key, isFenced: true)
    case .image(let image, let epoch, let loser):
      image.withUnsafeBytes { link.channel.frames.image(key, epoch: epoch, $0) }
      guard let loser, let old = links.first(where: { $0.gateway == loser.gateway }) else { return }
      old.handle(.close(loser.stream))
      old.channel.frames.fenced(key)
    }
  }
}

/// A gateway's link and its streams.
private final class GatewayLink {
  let gateway: String
  let channel: BrokerChannel
  var table: StreamTable
  var lastHeard = Duration.zero
  private var isWelcome = false

  init(_ gateway: String, _ channel: BrokerChannel, _ table: consuming StreamTable) {
    self.gateway = gateway
    self.channel = channel
    self.table = table
  }

  /// Without the stream of heartbeats.
  var streams: Int { max(0, table.count - 1) }

  func take(
    _ header: BrokerLink.Header, _ payload: UnsafeRawBufferPointer, _ handle: (WorkerRequest) -> Void
  ) throws(WorkerLinkError) {
    guard channel.take(header, payload) == .deliver else { throw .malformed("messages with a gap between them") }
    while let request = try channel.nextRequest() {
      if case .welcome(let version) = request {
        guard LinkVersion.supported.contains(version) else { throw .malformed("a welcome to version \(version)") }
        isWelcome = true
      } else if !isWelcome {
        throw .malformed("a request before `welcome`")
      }
      handle(request)
    }
  }

  func handle(_ request: WorkerRequest) { _ = table.handle(request, into: channel.frames) }
}
