import Audio
import Broker
import Dialects
import JSON
import Platform
import Recognition
import Streams
import Transports
import WorkerLink

/// The workers at a broker, as one loop uses them: carries out what `Fleet` decides.
final class DistantWorkers: WorkerSet {
  private let loop: any LoopTime
  private let log: Log
  let broker: any BrokerAccess
  private let gateway: UInt64
  let name: String
  let trial: TrialWorker
  let firstWorker: Int
  // Accessed several times a chunk: checks took 230 instructions, beside 10,300 for all else over a broker.
  @exclusivity(unchecked) unowned var owner: (any Workers.Owner)? { didSet { trial.owner = owner } }
  @exclusivity(unchecked) private(set) var fleet: Fleet
  @exclusivity(unchecked) private(set) var links = DistantLinks()
  var reported = Reported()
  private(set) var isEnding = false

  /// Numbers of subscriptions; those of links follow.
  private enum Subscription {
    static let hellos = 1
    static let gone = 2
    static let echo = 3
    static let questions = 5
    static let copies = 6
  }

  /// After "no responders": how its parent says a worker ended may be on its way.
  private static let obituaryPatience = Duration.milliseconds(20)

  /// The place of the gateway's own worker, behind those of distant ones.
  static let trialSlot = Fleet.mostWorkers + 1

  /// - Parameters:
  ///   - name: the gateway in subjects.
  ///   - trials: brings up a worker of this machine.
  ///   - draw: a random number below its argument.
  init(
    loop: any LoopTime, broker: any BrokerAccess, name: String, trials: any WorkerTransport, firstWorker: Int,
    gateway: UInt64, timeout: Duration, log: Log, draw: @escaping (Int) -> Int = { Int.random(in: 0..<$0) }
  ) {
    self.loop = loop
    self.log = log
    self.broker = broker
    self.name = name
    self.gateway = gateway
    self.firstWorker = firstWorker
    trial = TrialWorker(
      loop: loop, transport: trials, slot: Self.trialSlot, number: firstWorker + Self.trialSlot, gateway: gateway,
      timeout: timeout, log: log)
    fleet = Fleet(timeout: timeout, machine: String(name.prefix { $0 != "." }), draw: draw)
    broker.delegate = self
  }

  var count: Int { Self.trialSlot + 1 }

  func start() {
    broker.start()
    trial.start()
    loop.call(after: WorkerPool.beat, repeating: WorkerPool.beat) { [unowned self] in beat() }
    // Clients are taken from the start; whether they are served, `problem` says.
    loop.call(after: .zero) { [unowned self] in owner?.workersAreReady() }
  }

  // MARK: Streams

  func admit(_ engine: String) -> RejectionReason? { fleet.admit(engine) }

  func assign(_ request: StreamRequest, isSuspect: Bool) -> Int {
    guard isSuspect else { return fleet.assign(request.engine) }
    trial.assign(request)
    return Self.trialSlot
  }

  func isForTrials(_ slot: Int) -> Bool { slot == Self.trialSlot }
  func isReady(_ slot: Int) -> Bool { isForTrials(slot) ? trial.isReady : fleet.isReady(slot) }
  func isFull(_ slot: Int) -> Bool { isForTrials(slot) ? trial.isFull : links[slot]?.channel.isFull ?? false }

  func open(_ stream: StreamID, _ request: StreamRequest, from checkpoint: Checkpoint, in slot: Int) {
    guard !isForTrials(slot) else { return trial.open(stream, request, from: checkpoint) }
    send(to: slot) { $0.open(stream: stream, request: request, from: checkpoint) }
  }

  func send(_ header: ChunkHeader, _ samples: UnsafeRawBufferPointer, to slot: Int) -> Bool {
    guard !isForTrials(slot) else { return trial.send(header, samples) }
    guard let link = links[slot] else { return false }
    if !header.isAnswered { link.owedChunks += 1 }
    queue(in: link.channel) { $0.chunk(header, samples) }
    return link.channel.isFull
  }

  func finish(_ stream: StreamID, seq: Int, in slot: Int) {
    guard !isForTrials(slot) else { return trial.finish(stream, seq: seq) }
    send(to: slot) { $0.finish(stream, seq: seq) }
  }

  func close(_ stream: StreamID, in slot: Int) {
    guard !isForTrials(slot) else { return trial.close(stream) }
    fleet.streamEnded(on: slot)
    // Before it is ready it has been told of no stream.
    if fleet.isReady(slot) { send(to: slot) { $0.close(stream) } }
  }

  func send(to slot: Int, _ write: (FrameWriter) -> Void) {
    if let link = links[slot] { queue(in: link.channel, write) }
  }

  private func queue(in channel: BrokerChannel, _ write: (FrameWriter) -> Void) {
    if channel.queuedBytes == 0 { loop.atRoundEnd(channel) }
    write(channel.frames)
    if channel.queuedBytes >= FrameOutput.earlyBytes { channel.writeEarly() }
  }

  var isOwed: Bool { trial.isOwed || links.all.contains { $0.owedChunks > 0 } }

  /// Answers come with the loop's next rounds, so windows are short, and shorter where a few streams leave time for it:
  /// 500 live ones have a quarter of a millisecond.
  var batching: (longest: Duration, fullRate: Double) { (.microseconds(500), 10_000) }
  func collectAnswers(until end: Duration) {}

  // MARK: Links

  /// Begins a link with the worker in this slot, after any other with it.
  private func link(_ slot: Int) {
    guard let worker = fleet.name(slot) else { return }
    unlink(slot, because: .unknownToWorker)
    let link = links.add(slot)
    let (there, back) = (LinkSubject.toWorker(worker, from: name), LinkSubject.toGateway(name, from: worker))
    link.channel.onPiece = { [unowned self] in broker.publish(there, reply: back, $0, $1) }
    broker.subscribe(back, as: link.subscription)
    link.channel.begin()
  }

  /// - Returns: whether there was a link.
  @discardableResult
  private func unlink(_ slot: Int, because ending: LinkEnding?) -> Bool {
    guard let link = links.remove(slot, because: ending) else { return false }
    broker.unsubscribe(link.subscription)
    // Whoever still has it may queue more, for nobody.
    link.channel.onPiece = { _, _ in }
    return true
  }

  private func carryOut(_ greeting: Fleet.Greeting, from worker: String) {
    switch greeting {
    case .none: break
    case .refuse:
      log.write(
        .error, "worker refused: it speaks no version of the link that this server does",
        ["worker": .string(worker), "versions": .string(LinkVersion.supported.text)])
    case .noRoom:
      log.write(
        .error, "worker not used: this server has as many as it may have",
        ["worker": .string(worker), "workers": .number(Fleet.mostWorkers)])
    case .link(let slot): link(slot)
    case .leave(let slot):
      log.write(.info, "worker leaves", fields(of: slot))
      owner?.workers(moving: .max, from: slot, because: .leaving)
    }
  }

  /// The link is of no more use, and the worker may be well.
  private func relink(_ slot: Int, _ ending: LinkEnding, because reason: String) {
    // One that breaks each link is tried again when it says hello.
    guard fleet.isReady(slot) else { return lost(slot, ending, because: reason) }
    log.write(
      .warning, "link to a worker broke", ["worker": .string(fleet.name(slot) ?? ""), "reason": .string(reason)])
    unlink(slot, because: ending)
    let greeting = fleet.linkBroke(slot)
    owner?.workers(interrupted: slot)
    carryOut(greeting, from: fleet.name(slot) ?? "")
  }

  private func lost(_ slot: Int, _ ending: LinkEnding, because reason: String, crashed: Bool = false) {
    let hasLeft = fleet.isLeaving(slot) && !crashed
    log.write(
      hasLeft ? .info : .error, hasLeft ? "worker has left" : "worker lost",
      ["worker": .string(fleet.name(slot) ?? ""), "reason": .string(reason)])
    // It may only stand still: from here on it works for nobody.
    if let link = links[slot], let worker = fleet.name(slot) {
      broker.publish(
        LinkSubject.toWorker(worker, from: name), BrokerLink.Header.end(of: link.channel.number).withBytes { Array($0) }
      )
    }
    unlink(slot, because: hasLeft ? .workerLeft : ending)
    let machine = fleet.machine(slot) ?? ""
    fleet.remove(slot)
    if hasLeft {
      owner?.workers(interrupted: slot)
    } else {
      owner?.workers(lost: slot, crashed: crashed, blame: crashed ? .likely : .unlikely(machine: machine))
    }
    owner?.workers(refused: slot)
  }

  func replace(_ slot: Int, because reason: String) {
    guard !isForTrials(slot) else { return trial.replace(because: reason) }
    if links[slot] != nil { relink(slot, .malformed, because: reason) }
  }

  private func fields(of slot: Int) -> Log.Fields { ["worker": .string(fleet.name(slot) ?? "")] }

  // MARK: From workers

  private func received(_ message: BrokerMessage, over link: DistantLink) {
    let slot = link.slot
    if message.hasNoResponders { return noResponders(link) }
    guard let header = BrokerLink.Header(message.payload) else { return }
    if header.isEnd {
      guard header.link == link.channel.number else { return }
      return relink(slot, .unknownToWorker, because: "the worker began anew, or has \(BrokerLink.mostLinks) links")
    }
    switch link.channel.take(header, message.payload) {
    case .late: return
    case .broken: return relink(slot, .messagesLost, because: "messages were lost")
    case .deliver: break
    }
    fleet.heard(from: slot)
    do throws(WorkerLinkError) {
      while let frame = try link.channel.nextFrame() {
        received(try WorkerReply(frame), from: slot)
        // The owner may have ended the link.
        guard links[slot] === link else { return }
      }
    } catch {
      return relink(slot, .malformed, because: error.description)
    }
    // What was sent and is reported now has made room.
    link.channel.flush()
    if link.channel.takeRoom() { owner?.workers(drained: slot) }
  }

  private func received(_ reply: WorkerReply, from slot: Int) {
    switch reply {
    case .hello(let hello): greet(hello, slot, reply)
    case .result, .text:
      links[slot]?.owedChunks -= 1
      guard reply.stream != heartbeatStream else { return heartbeatAnswered(slot) }
      owner?.workers(replied: reply, from: slot)
    case .failed(_, _, .chunk, _):
      links[slot]?.owedChunks -= 1
      owner?.workers(replied: reply, from: slot)
    case .failed, .updates, .finished, .behind, .decoded, .image, .untaken, .fenced:
      owner?.workers(replied: reply, from: slot)
    }
  }

  private func greet(_ hello: WorkerHello, _ slot: Int, _ reply: WorkerReply) {
    guard let version = LinkVersion.negotiate(LinkVersion.supported, hello.versions) else { return }
    links[slot]?.version = version
    send(to: slot) {
      $0.welcome(version: version)
      $0.open(
        stream: heartbeatStream, request: StreamRequest(format: .standard, engine: "mock"), from: Checkpoint(frame: 0))
    }
    reported.sandbox = hello.sandbox
    owner?.workers(replied: reply, from: slot)
    fleet.ready(slot)
    log.write(.info, "worker linked", fields(of: slot))
    owner?.workers(ready: slot)
    if fleet.streams(on: Fleet.waitingSlot) > 0 { owner?.workers(refused: Fleet.waitingSlot) }
  }

  private func noResponders(_ link: DistantLink) {
    guard fleet.hasNoResponders(link.slot) else {
      unlink(link.slot, because: .noResponders)
      return
    }
    loop.call(after: Self.obituaryPatience) { [unowned self] in
      if links[link.slot] === link { lost(link.slot, .noResponders, because: "no longer at the broker") }
    }
  }

  // MARK: Heartbeats

  /// The stream no client has: a chunk of it shows whether a worker still measures.
  private var heartbeatStream: StreamID { StreamID(gateway: gateway, number: 0) }

  private func beat() {
    for check in fleet.beat() {
      switch check {
      case .redial: broker.drop()
      case .cutOff: (owner as? any SessionKeepersOwner)?.keepersAreCutOff()
      case .giveUp(let slot): lost(slot, .silent, because: "no response")
      case .sendHeartbeat(let slot, let seq): sendHeartbeat(seq, to: slot)
      }
    }
    broker.publish(LinkSubject.echo(name), EchoTime(seconds: loop.nowInSeconds).bytes)
    for slot in fleet.slots where fleet.isLeaving(slot) && fleet.streams(on: slot) > 0 {
      owner?.workers(moving: .max, from: slot, because: .leaving)
    }
    if let excess = fleet.excess() {
      let moved = owner?.workers(moving: excess.streams, from: excess.slot, because: .share)
      fleet.moved(moved ?? 0)
    }
  }

  private func sendHeartbeat(_ seq: Int, to slot: Int) {
    let header = ChunkHeader(stream: heartbeatStream, seq: seq, startFrame: 0, chunkBytes: 4, isAnswered: false)
    withUnsafeBytes(of: UInt32(0x4000_C000)) { _ = send(header, $0, to: slot) }
    if links[slot]?.heartbeatSince == nil { links[slot]?.heartbeatSince = loop.nowInSeconds }
  }

  private func heartbeatAnswered(_ slot: Int) {
    fleet.heartbeatAnswered(slot)
    guard let link = links[slot], let since = link.heartbeatSince else { return }
    link.heartbeatSeconds = loop.nowInSeconds - since
    link.heartbeatSince = nil
  }

  // MARK: The end

  var isAtWork: Bool {
    (0..<count).contains { streams(on: $0) > 0 && owner?.workers(areNeeded: $0) == true }
  }

  private func streams(on slot: Int) -> Int { isForTrials(slot) ? trial.streams : fleet.streams(on: slot) }

  /// Other gateways use the workers, too: they go on.
  func finishAll(unless isRecovering: (Int) -> Bool) { isEnding = true }
  func finish(_ slot: Int) {}

  func killAll() {
    isEnding = true
    owner = nil
    trial.kill()
    for slot in 0...Fleet.mostWorkers { unlink(slot, because: nil) }
    broker.close()
  }
}

extension DistantWorkers: BrokerConnection.Delegate {
  func brokerConnected() {
    log.write(.info, "connected to the broker", ["gateway": .string(name)])
    reported.complaint = nil
    broker.subscribe(LinkSubject.hellos, as: Subscription.hellos)
    broker.subscribe(LinkSubject.allGone, as: Subscription.gone)
    broker.subscribe(LinkSubject.echo(name), as: Subscription.echo)
    broker.subscribe(LinkSubject.copyRequest, as: Subscription.questions)
    broker.subscribe(LinkSubject.copies(to: name), as: Subscription.copies)
    for slot in fleet.connected() { link(slot) }
  }

  func broker(lost reason: String) {
    log.write(.error, "broker lost", ["reason": .string(reason)])
    fleet.disconnected()
    for slot in 0...Fleet.mostWorkers where unlink(slot, because: .brokerLost) { owner?.workers(interrupted: slot) }
  }

  func broker(unreached reason: String) { log.write(.error, "no broker", ["reason": .string(reason)]) }

  func broker(complains reason: String) {
    log.write(.error, "the broker complains", ["reason": .string(reason)])
    if reason.contains("Permissions Violation") { reported.complaint = reported.complaint ?? reason }
  }

  func broker(delivered message: BrokerMessage) {
    switch message.subscription {
    case Subscription.echo: echoed(message)
    case Subscription.hellos: hello(message)
    case Subscription.gone: gone(message)
    case Subscription.questions: asked(message)
    case Subscription.copies: given(message)
    case let number: if let link = links.link(subscription: number) { received(message, over: link) }
    }
  }

  private func echoed(_ message: BrokerMessage) {
    fleet.heardBroker()
    if let sent = EchoTime(message.payload) { links.echoed(after: loop.nowInSeconds - sent.seconds) }
  }

  private func hello(_ message: BrokerMessage) {
    guard let worker = LinkSubject.process(in: message.subject),
      let announcement = WorkerAnnouncement(json: message.payload)
    else { return log.write(.warning, "a hello that is none", ["subject": .string(message.subject)]) }
    carryOut(fleet.hello(worker, announcement), from: worker)
  }

  private func gone(_ message: BrokerMessage) {
    guard let worker = LinkSubject.process(in: message.subject), let slot = fleet.slot(of: worker),
      let ending = WorkerEnding(json: message.payload)
    else { return }
    lost(slot, .workerEnded, because: ending.reason, crashed: ending.isCrash)
  }
}
