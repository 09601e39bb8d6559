import Dialects
import WorkerLink

/// The workers at a broker, as one gateway knows them: which takes a stream, and which is given up.
///
/// A worker is known by its hellos and is given a slot. *linking*, the gateway has begun a link and waits for the
/// answer; *ready*; *cut off*, the gateway has lost the broker, or the worker has, and the link is begun anew when the
/// worker is heard. Whoever is gone loses the slot. The first slot never has a worker: streams wait there for one.
struct Fleet {
  enum Condition: Equatable {
    case linking, ready, cutOff
    /// Linking again after the broker was lost: nobody need be there yet.
    case relinking
  }

  private struct Member {
    var name: String
    var announcement: WorkerAnnouncement
    var condition = Condition.linking
    /// Streams that this gateway gave it since its last hello, less those that ended: the hello does not know of them.
    var newStreams = 0
    /// Beats since anything came from it over the link, and since it answered a heartbeat.
    var silentBeats = 0
    var unansweredBeats = 0
    var heartbeats = 0

    var used: Int { max(0, announcement.streams + newStreams) }
    var room: Int { max(0, announcement.capacity - used) }
  }

  /// Streams of clients that were admitted a moment ago, and are on no worker yet: they come with the first chunk.
  /// Clients that send none within two seconds are no longer expected.
  private struct ExpectedStreams {
    private var recent = 0
    private var earlier = 0
    private var beats = 0

    var count: Int { recent + earlier }
    mutating func admitted() { recent += 1 }

    mutating func came() {
      if earlier > 0 { earlier -= 1 } else if recent > 0 { recent -= 1 }
    }

    mutating func beat() {
      beats += 1
      if beats % 8 == 0 { (recent, earlier) = (0, recent) }
    }
  }

  /// Facts about workers that outlast them.
  private struct WorkerHistory {
    /// Those that were refused and told of.
    var refused: Set<String> = []
    /// Engines that one of them had: their streams wait for the next one that has.
    var engines: Set<String> = []
    static let mostEngines = 64

    /// Whether this worker was not refused before.
    mutating func isNew(_ refusedWorker: String) -> Bool {
      refused.count < Fleet.mostWorkers && refused.insert(refusedWorker).inserted
    }

    mutating func add(_ engines: [String]) {
      for engine in engines where self.engines.count < Self.mostEngines { self.engines.insert(engine) }
    }
  }

  /// The broker, as far as it is heard.
  private struct BrokerContact {
    var isConnected = false
    /// Since the last beat.
    var isHeard = false
    /// Beats in which it was connected and not heard, in a row.
    var deafBeats = 0
    /// Beats without it, connected or not.
    var unheardBeats = 0
    /// Beats in which it was heard since it was reached.
    var heardBeats = 0
  }

  /// Where streams wait while there is no worker for them.
  static let waitingSlot = 0
  /// Workers of one gateway at most. Each costs eight heartbeats a second.
  static let mostWorkers = 255
  /// Beats that a worker has for its first answer, and to come back when the broker was lost: five seconds.
  static let patientBeats = 40
  /// Beats in which the broker was not heard after which the connection is given up: five seconds.
  static let deafBeats = 40
  /// Three seconds.
  static let acquaintanceBeats = 24

  private var members: [Member?] = Array(repeating: nil, count: mostWorkers + 1)
  private var streams: [Int] = Array(repeating: 0, count: mostWorkers + 1)
  /// Silent beats after which a ready worker is given up.
  private let silentBeats: Int
  /// The gateway's own.
  private let machine: String
  /// A random number below its argument.
  var draw: (Int) -> Int
  private var broker = BrokerContact()
  private var expected = ExpectedStreams()
  private var moves = StreamMoves()
  private var history = WorkerHistory()

  init(timeout: Duration, machine: String, draw: @escaping (Int) -> Int) {
    silentBeats = Int((timeout / WorkerPool.beat).rounded())
    self.machine = machine
    self.draw = draw
  }

  /// The slots that have a worker.
  var slots: [Int] { members.indices.filter { members[$0] != nil } }
  func isReady(_ slot: Int) -> Bool { members[slot]?.condition == .ready }
  func isLeaving(_ slot: Int) -> Bool { members[slot]?.announcement.isLeaving == true }
  func name(_ slot: Int) -> String? { members[slot]?.name }
  func streams(on slot: Int) -> Int { streams[slot] }
  func machine(_ slot: Int) -> String? { name(slot).map { String($0.prefix { $0 != "." }) } }
  /// Bytes of the copies of sessions that the worker has, by its last hello.
  func copyBytes(_ slot: Int) -> Int? { members[slot].flatMap { $0.announcement.copyBytes } }
  /// Copies that it has dropped for want of room.
  func copiesDropped(_ slot: Int) -> Int? { members[slot].flatMap { $0.announcement.copiesDropped } }
  func state(_ slot: Int) -> Report.Worker.State? {
    guard let member = members[slot] else { return nil }
    if member.announcement.isLeaving { return .leaving }
    return switch member.condition {
    case .linking, .relinking: .linking
    case .ready: .ready
    case .cutOff: .cutOff
    }
  }
  func slot(of name: String) -> Int? { members.firstIndex { $0?.name == name } }

  // MARK: Streams

  /// A slot for a new stream: of two workers drawn, the one with the smaller share of its capacity in use. If there
  /// are any on other machines than the gateway's, one of these: so no machine takes both with it.
  mutating func assign(_ engine: String) -> Int {
    expected.came()
    var candidates = able(engine)
    let free = candidates.filter { share($0) < 1 }
    if !free.isEmpty { candidates = free }
    candidates = elsewhere(candidates)
    let slot = better(of: candidates) ?? Self.waitingSlot
    streams[slot] += 1
    members[slot]?.newStreams += 1
    return slot
  }

  /// Those that would take a stream for this engine, full or not.
  private func able(_ engine: String) -> [Int] {
    let usable = members.indices.filter { isReady($0) && !isLeaving($0) }
    let able = usable.filter { members[$0]?.announcement.engines.contains(engine) == true }
    // If none ever had the engine, any can say so.
    return able.isEmpty && !history.engines.contains(engine) ? usable : able
  }

  /// A new client asks for a stream.
  /// - Returns: the refusal, if all workers that would take the stream are full. Where there is none, it waits.
  mutating func admit(_ engine: String) -> RejectionReason? {
    let able = able(engine).compactMap { members[$0] }
    let room = able.reduce(0) { $0 + $1.room }
    guard able.isEmpty || room > expected.count else {
      return .workersFull(workers: able.count, capacity: able.reduce(0) { $0 + $1.announcement.capacity })
    }
    expected.admitted()
    return nil
  }

  /// Those on other machines, if there are any.
  private func elsewhere(_ slots: [Int]) -> [Int] {
    let others = slots.filter { machine($0) != machine }
    return others.isEmpty ? slots : others
  }

  private func better(of candidates: [Int]) -> Int? {
    guard candidates.count > 1 else { return candidates.first }
    let first = draw(candidates.count)
    // Another one than the first.
    let second = (first + 1 + draw(candidates.count - 1)) % candidates.count
    let (one, other) = (candidates[first], candidates[second])
    return share(other) < share(one) ? other : one
  }

  private func share(_ slot: Int) -> Double {
    guard let member = members[slot] else { return 1 }
    return Double(member.used) / Double(member.announcement.capacity)
  }

  mutating func streamEnded(on slot: Int) {
    precondition(streams[slot] > 0, "A stream left a slot it was not on.")
    streams[slot] -= 1
    members[slot]?.newStreams -= 1
  }

  /// Shares that differ by less are even enough: a fifth of the larger one.
  private static let largestDifference = 0.2

  /// Of the fullest worker, what should move now to the emptiest with the same engines.
  mutating func excess() -> StreamMoves.Excess? {
    planMoves()
    return moves.next
  }

  /// Of `excess`, so many streams have moved.
  mutating func moved(_ streams: Int) { moves.moved(streams) }

  private mutating func planMoves() {
    let usable = members.indices.filter { isReady($0) && !isLeaving($0) }
    guard let full = usable.filter({ streams[$0] > 0 }).max(by: { share($0) < share($1) }),
      let empty = elsewhere(usable.filter { has(enginesOf: full, $0) }).min(by: { share($0) < share($1) }),
      let (from, to) = members[full].flatMap({ from in members[empty].map { (from, $0) } })
    else { return }
    let difference = share(full) - share(empty)
    guard difference > share(full) * Self.largestDifference, moves.mayBegin(from: full, to: empty) else { return }
    let even = difference / (1 / Double(from.announcement.capacity) + 1 / Double(to.announcement.capacity))
    let count = Int(even + 1e-9)
    guard count > 0 else { return }
    // A hello may be older than the gateway's newest streams.
    let part = min(1, Double(streams[full]) / Double(max(1, from.used)))
    moves.begin(count, from: full, to: empty, part: part, draw: draw)
  }

  private func has(enginesOf slot: Int, _ other: Int) -> Bool {
    members[slot]?.announcement.engines.allSatisfy { members[other]?.announcement.engines.contains($0) == true } == true
  }

  // MARK: Workers

  enum Greeting: Equatable {
    /// Nothing is to be done.
    case none
    /// Begin a link with the worker in this slot.
    case link(slot: Int)
    /// Its streams go to others.
    case leave(slot: Int)
    /// It speaks no version of the link that this server does; told once.
    case refuse
    /// There are as many workers as a gateway may have; told once.
    case noRoom
  }

  /// A worker says what it is.
  mutating func hello(_ name: String, _ announcement: WorkerAnnouncement) -> Greeting {
    guard LinkVersion.negotiate(LinkVersion.supported, announcement.versions) != nil else {
      return history.isNew(name) ? .refuse : .none
    }
    history.add(announcement.engines)
    if let slot = slot(of: name) {
      let wasLeaving = isLeaving(slot)
      members[slot]?.announcement = announcement
      members[slot]?.newStreams = 0
      moves.heard(slot)
      if announcement.isLeaving, !wasLeaving { return .leave(slot: slot) }
      guard members[slot]?.condition == .cutOff else { return .none }
      return link(slot, as: .linking)
    }
    guard !announcement.isLeaving else { return .none }
    guard let slot = members.indices.first(where: { $0 != Self.waitingSlot && members[$0] == nil && streams[$0] == 0 })
    else { return history.isNew(name) ? .noRoom : .none }
    members[slot] = Member(name: name, announcement: announcement)
    return .link(slot: slot)
  }

  private mutating func link(_ slot: Int, as condition: Condition) -> Greeting {
    members[slot]?.condition = condition
    members[slot]?.silentBeats = 0
    members[slot]?.unansweredBeats = 0
    return .link(slot: slot)
  }

  /// The link broke, and not because the worker is gone: it is begun anew.
  mutating func linkBroke(_ slot: Int) -> Greeting { link(slot, as: .relinking) }

  /// The worker has answered over the link.
  mutating func ready(_ slot: Int) { members[slot]?.condition = .ready }

  mutating func heard(from slot: Int) { members[slot]?.silentBeats = 0 }
  mutating func heartbeatAnswered(_ slot: Int) { members[slot]?.unansweredBeats = 0 }

  /// Nobody received a message for the worker in this slot.
  /// - Returns: whether it is gone.
  mutating func hasNoResponders(_ slot: Int) -> Bool {
    switch members[slot]?.condition {
    case .linking, .ready: return true
    case .relinking:
      members[slot]?.condition = .cutOff
      return false
    case .cutOff, nil: return false
    }
  }

  /// The worker is gone.
  mutating func remove(_ slot: Int) { members[slot] = nil }

  // MARK: The broker

  /// The broker is reached, perhaps again.
  /// - Returns: the slots whose workers are to be linked.
  mutating func connected() -> [Int] {
    broker.isConnected = true
    broker.deafBeats = 0
    let known = slots
    for slot in known { _ = link(slot, as: .relinking) }
    return known
  }

  /// The broker is lost. That says nothing of the workers.
  mutating func disconnected() {
    broker.isConnected = false
    broker.heardBeats = 0
    for slot in slots { members[slot]?.condition = .cutOff }
  }

  /// What the gateway sent itself has come back.
  mutating func heardBroker() { broker.isHeard = true }

  enum Check: Equatable {
    case sendHeartbeat(slot: Int, seq: Int)
    /// It was silent for too long.
    case giveUp(slot: Int)
    /// The broker is connected and not heard.
    case redial
    /// No broker was heard for as long: clients do better elsewhere.
    case cutOff
  }

  /// Workers say hello each second, and are linked soon after: whether all have had the time.
  var hasHeardAll: Bool { broker.heardBeats >= Self.acquaintanceBeats }

  /// Once a beat. Workers are silent only in beats in which the broker was heard: a gateway that is cut off would take
  /// all of them for dead.
  mutating func beat() -> [Check] {
    expected.beat()
    broker.unheardBeats = broker.isConnected && broker.isHeard ? 0 : broker.unheardBeats + 1
    let cutOff: [Check] = broker.unheardBeats == Self.deafBeats ? [.cutOff] : []
    guard broker.isConnected else { return cutOff }
    guard broker.isHeard else {
      broker.deafBeats += 1
      return broker.deafBeats >= Self.deafBeats ? [.redial] + cutOff : cutOff
    }
    broker.isHeard = false
    broker.deafBeats = 0
    broker.heardBeats += 1
    return slots.flatMap { beat($0) }
  }

  private mutating func beat(_ slot: Int) -> [Check] {
    guard var member = members[slot] else { return [] }
    let isReady = member.condition == .ready
    let allowed = isReady ? silentBeats : max(silentBeats, Self.patientBeats)
    guard member.silentBeats < allowed else { return [.giveUp(slot: slot)] }
    member.silentBeats += 1
    member.unansweredBeats += 1
    if isReady { member.heartbeats += 1 }
    members[slot] = member
    return isReady ? [.sendHeartbeat(slot: slot, seq: member.heartbeats)] : []
  }

  /// Whether a worker has measured something recently.
  var isAnswering: Bool {
    members.indices.contains { slot in
      isReady(slot) && members[slot].map { $0.unansweredBeats <= WorkerPool.answeringBeats } == true
    }
  }
}
