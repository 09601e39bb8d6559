import Audio
import Recognition
import Testing
import Transports
import WorkerLink

@testable import Worker

@Suite final class GatewayLinksTests {
  private final class Published {
    var messages: [(subject: String, reply: String, bytes: [UInt8])] = []
  }

  private let published = Published()
  private var links: GatewayLinks

  init() {
    let engines = EngineCatalog(loading: ["mock"])
    links = GatewayLinks("m.1", engines: engines, hello: WorkerHello(pid: 1, engines: engines.statuses)) {
      [published] in
      published.messages.append(($0, $1, Array($2) + Array($3)))
    }
  }

  private func take(_ message: [UInt8], from gateway: String, now: Duration = .zero) {
    message.withUnsafeBytes {
      links.take(LinkSubject.toWorker("m.1", from: gateway), isUndelivered: false, $0, now: now)
    }
    links.flush()
  }

  private var streams: Int { links.streams }
  private var descriptors: Int { links.descriptors.count }

  /// A gateway's end of a link, whose messages reach the worker at once.
  private func gateway(_ name: String, link: UInt64) -> BrokerChannel {
    let channel = BrokerChannel(link: link, hasWindow: true)
    channel.onPiece = { [unowned self] in take(Array($0) + Array($1), from: name) }
    return channel
  }

  /// What the worker has published for that gateway since this was called last.
  private func replies(_ channel: BrokerChannel, _ gateway: String) throws -> [WorkerReply] {
    var replies: [WorkerReply] = []
    for message in published.messages where message.subject == LinkSubject.toGateway(gateway, from: "m.1") {
      #expect(message.reply == LinkSubject.toWorker("m.1", from: gateway))
      message.bytes.withUnsafeBytes { bytes in
        guard let header = BrokerLink.Header(bytes), !header.isEnd else { return }
        #expect(channel.take(header, bytes) == .deliver)
      }
      while let frame = try channel.nextFrame() { replies.append(try WorkerReply(frame)) }
    }
    published.messages = []
    return replies
  }

  private func endings() -> [UInt64] {
    defer { published.messages = [] }
    return published.messages.compactMap { message in
      message.bytes.withUnsafeBytes { BrokerLink.Header($0) }.flatMap { $0.isEnd ? $0.link : nil }
    }
  }

  private func sendChunk(_ seq: Int, of number: UInt64, over channel: BrokerChannel) {
    let stream = StreamID(gateway: 9, number: number)
    if seq == 1 {
      channel.frames.open(
        stream: stream, request: StreamRequest(format: .standard, engine: "mock"), from: Checkpoint(frame: 0))
    }
    let header = ChunkHeader(stream: stream, seq: seq, startFrame: 0, chunkBytes: 4)
    [UInt8](repeating: 1, count: 4).withUnsafeBytes { channel.frames.chunk(header, $0) }
    channel.flush()
  }

  private func welcome(_ channel: BrokerChannel) {
    channel.frames.welcome(version: LinkVersion.supported.upperBound)
    channel.flush()
  }

  @Test func `each gateway has a link and streams of its own, though their numbers are the same`() throws {
    let (one, other) = (gateway("g.1", link: 1), gateway("g.2", link: 1))
    one.begin()
    other.begin()
    guard case .hello? = try replies(one, "g.1").first else { throw Missing() }
    for channel in [one, other] { welcome(channel) }
    sendChunk(1, of: 0, over: one)
    sendChunk(1, of: 5, over: one)
    guard let result = try replies(one, "g.1").last?.result?.chunk else { throw Missing() }
    #expect(result.seq == 1 && result.stream.number == 5)
    #expect(streams == 1)
  }

  private struct Missing: Error {}

  @Test func `a newer link begins anew, and what an older one carries is ignored`() throws {
    let old = gateway("g.1", link: 1)
    old.begin()
    welcome(old)
    sendChunk(1, of: 5, over: old)
    let new = gateway("g.1", link: 2)
    published.messages = []
    new.begin()
    guard case .hello? = try replies(new, "g.1").first else { throw Missing() }
    sendChunk(2, of: 5, over: old)
    #expect(published.messages.isEmpty)
    #expect(streams == 0)
  }

  @Test func `a link that it does not know, or with a gap, is ended, and the gateway is told`() {
    take(BrokerLink.Header(link: 3, offset: 10, heard: 0).withBytes { Array($0) }, from: "g.1")
    #expect(endings() == [3])
    let channel = gateway("g.1", link: 4)
    channel.begin()
    published.messages = []
    take(BrokerLink.Header(link: 4, offset: 10, heard: 0).withBytes { Array($0) }, from: "g.1")
    #expect(endings() == [4])
  }

  @Test func `a request before the welcome ends the link`() {
    let channel = gateway("g.1", link: 1)
    channel.begin()
    published.messages = []
    sendChunk(1, of: 5, over: channel)
    #expect(endings() == [1])
  }

  @Test func `gateways that end their link, are not there or fall silent are forgotten`() {
    for name in ["g.1", "g.2", "g.3"] {
      let channel = gateway(name, link: 1)
      channel.begin()
      welcome(channel)
      for number in [0, 5] as [UInt64] { sendChunk(1, of: number, over: channel) }
    }
    #expect(streams == 3 && descriptors == 3)
    take(BrokerLink.Header.end(of: 1).withBytes { Array($0) }, from: "g.1")
    links.take(
      LinkSubject.toWorker("m.1", from: "g.2"), isUndelivered: true, UnsafeRawBufferPointer(start: nil, count: 0),
      now: .zero)
    #expect(streams == 1)
    links.forgetSilent(now: GatewayLinks.patience - .seconds(1))
    #expect(streams == 1)
    links.forgetSilent(now: GatewayLinks.patience)
    #expect(streams == 0 && descriptors == 0)
  }

  @Test func `it has as many gateways as descriptors allow, and refuses more`() {
    for number in 1...BrokerLink.mostLinks { gateway("g.\(number)", link: 1).begin() }
    published.messages = []
    gateway("late.1", link: 1).begin()
    #expect(endings() == [1])
    #expect(descriptors == BrokerLink.mostLinks)
  }

  @Test func `a worker that dies young is started again ever more slowly`() {
    var policy = RestartPolicy()
    let pauses = (0..<5).map { _ in policy.pause(afterLife: .zero) }
    #expect(pauses == [0, 100, 200, 400, 800].map { .milliseconds($0) })
    for _ in 0..<20 { #expect(policy.pause(afterLife: .zero) <= RestartPolicy.longestPause) }
    #expect(policy.pause(afterLife: RestartPolicy.steadyLife) == .zero)
  }
}
