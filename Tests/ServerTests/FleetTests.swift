import Dialects
import Testing
import WorkerLink

@testable import Server

@Suite final class FleetTests {
  private var fleet = Fleet(timeout: .milliseconds(750), machine: "g") { _ in 0 }
  private static let silentBeats = 6

  private static func announcement(
    _ streams: Int = 0, of capacity: Int = 10, engines: [String] = ["mock"], versions: ClosedRange<Int>? = nil,
    isLeaving: Bool = false
  ) -> WorkerAnnouncement {
    WorkerAnnouncement(
      versions: versions ?? LinkVersion.supported, engines: engines, streams: streams, capacity: capacity,
      isLeaving: isLeaving)
  }

  init() { _ = fleet.connected() }

  private func join(_ name: String, _ announcement: WorkerAnnouncement = announcement()) throws -> Int {
    guard case .link(let slot) = hello(name, announcement) else { throw NoSlot() }
    fleet.ready(slot)
    return slot
  }

  private struct NoSlot: Error {}

  /// A beat in which the broker is heard.
  private func beat(heard: Bool = true) -> [Fleet.Check] {
    if heard { fleet.heardBroker() }
    return fleet.beat()
  }

  private func hello(_ name: String, _ announcement: WorkerAnnouncement) -> Fleet.Greeting {
    fleet.hello(name, announcement)
  }

  private func excess() -> StreamMoves.Excess? { fleet.excess() }
  private func connect() -> [Int] { fleet.connected() }
  private func hasNoResponders(_ slot: Int) -> Bool { fleet.hasNoResponders(slot) }
  private func breakLink(_ slot: Int) -> Fleet.Greeting { fleet.linkBroke(slot) }

  private func admit(_ engine: String = "mock") -> RejectionReason? { fleet.admit(engine) }
  private func assign(_ engine: String = "mock", _ draw: @escaping (Int) -> Int = { _ in 0 }) -> Int {
    fleet.draw = draw
    return fleet.assign(engine)
  }

  // MARK: Placement

  @Test func `without a worker streams wait, and a worker has one slot however often it says hello`() throws {
    #expect(assign() == Fleet.waitingSlot)
    #expect(hello("m.1", Self.announcement()) == .link(slot: 1))
    #expect(hello("m.1", Self.announcement()) == .none)
    // It has not answered yet.
    #expect(assign() == Fleet.waitingSlot)
    fleet.ready(1)
    #expect(assign() == 1)
    #expect(fleet.streams(on: Fleet.waitingSlot) == 2 && fleet.streams(on: 1) == 1)
  }

  @Test func `of two drawn the one with the smaller share in use is taken`() throws {
    let fuller = try join("m.1", Self.announcement(5, of: 10))
    let emptier = try join("m.2", Self.announcement(8, of: 100))
    for first in 0..<2 { #expect(assign("mock") { $0 == 2 ? first : 0 } == emptier) }
    #expect(fuller != emptier)
  }

  @Test func `streams since the last hello count, and no worker is drawn twice`() throws {
    let slots = Set([try join("m.1"), try join("m.2"), try join("m.3")])
    for _ in 0..<30 { _ = assign("mock") { Int.random(in: 0..<$0) } }
    let counts = slots.map(fleet.streams(on:))
    #expect(counts.reduce(0, +) == 30 && counts.allSatisfy { (6...14).contains($0) })
  }

  @Test func `a stream goes where its engine is, and elsewhere only if nobody ever had it`() throws {
    let mock = try join("m.1", Self.announcement(0, of: 100))
    let speech = try join("m.2", Self.announcement(90, of: 100, engines: ["mock", "speech"]))
    for draw in 0..<2 { #expect(assign("speech") { min(draw, $0 - 1) } == speech) }
    #expect(assign("mock") == mock)
    #expect([mock, speech].contains(assign("other")))
    // Its only machine dies and comes back: the streams wait.
    fleet.streamEnded(on: speech)
    fleet.streamEnded(on: speech)
    fleet.remove(speech)
    #expect(admit("speech") == nil && assign("speech") == Fleet.waitingSlot)
    let back = try join("m.3", Self.announcement(0, of: 100, engines: ["mock", "speech"]))
    #expect(assign("speech") == back)
  }

  @Test func `who is full or leaves is taken only if nobody else is there`() throws {
    let full = try join("m.1", Self.announcement(10, of: 10))
    #expect(assign() == full)
    let free = try join("m.2", Self.announcement(0, of: 10))
    #expect(assign() == free)
    #expect(hello("m.2", Self.announcement(isLeaving: true)) == .leave(slot: free))
    #expect(hello("m.2", Self.announcement(isLeaving: true)) == .none)
    #expect(assign() == full)
  }

  @Test func `when all that have the engine are full, new clients are refused, and returning streams are taken`() throws
  {
    let first = try join("m.1", Self.announcement(3, of: 3))
    #expect(admit() == .workersFull(workers: 1, capacity: 3))
    let second = try join("m.2", Self.announcement(3, of: 4, engines: ["mock", "speech"]))
    #expect(admit() == nil && assign() == second)
    #expect(admit() == .workersFull(workers: 2, capacity: 7))
    #expect(admit("speech") == .workersFull(workers: 1, capacity: 4))
    // Nobody has it: whoever is asked says so.
    #expect(admit("other") == .workersFull(workers: 2, capacity: 7))
    #expect([first, second].contains(assign()))
    fleet.streamEnded(on: second)
    #expect(admit() == nil)
    // One that leaves has no room.
    _ = hello("m.2", Self.announcement(0, of: 4, isLeaving: true))
    #expect(admit() == .workersFull(workers: 1, capacity: 3))
    // Streams wait where nobody is.
    fleet.disconnected()
    #expect(admit() == nil)
  }

  @Test func `clients that were admitted and send nothing yet count for two seconds`() throws {
    _ = try join("m.1", Self.announcement(0, of: 3))
    for _ in 0..<3 { #expect(admit() == nil) }
    #expect(admit() == .workersFull(workers: 1, capacity: 3))
    // The chunks of two come: now these are streams.
    for _ in 0..<2 { _ = assign() }
    #expect(admit() == .workersFull(workers: 1, capacity: 3))
    for _ in 0..<16 { _ = beat() }
    #expect(admit() == nil)
    #expect(admit() == .workersFull(workers: 1, capacity: 3))
  }

  @Test func `a worker of another machine is preferred, and streams move to none of the gateway's own`() throws {
    let own = try join("g.1", Self.announcement(0, of: 100))
    #expect(assign() == own)
    let other = try join("m.1", Self.announcement(50, of: 100))
    for draw in 0..<4 { #expect(assign("mock") { min(draw, $0 - 1) } == other) }
    #expect(excess() == nil)
    #expect(fleet.machine(own) == "g" && fleet.machine(other) == "m")
    // One that has none of its capacity left is none.
    _ = hello("m.1", Self.announcement(100, of: 100))
    #expect(assign() == own)
  }

  @Test func `a worker that speaks no version of the link is refused once, one that leaves is not taken`() {
    #expect(hello("m.1", Self.announcement(versions: 900...901)) == .refuse)
    #expect(hello("m.1", Self.announcement(versions: 900...901)) == .none)
    #expect(hello("m.2", Self.announcement(isLeaving: true)) == .none)
    #expect(fleet.slots.isEmpty)
  }

  @Test func `a slot is given again only when no stream is left on it, and there is an end of them`() throws {
    let slot = try join("m.1")
    _ = assign()
    fleet.remove(slot)
    #expect(try join("m.2") != slot)
    fleet.streamEnded(on: slot)
    #expect(try join("m.3") == slot)
    for number in 0..<Fleet.mostWorkers - 2 { _ = try join("n.\(number)") }
    #expect(hello("late.1", Self.announcement()) == .noRoom)
    #expect(hello("late.1", Self.announcement()) == .none)
  }

  @Test func `while shares differ by more than a fifth, streams move from the fullest to the emptiest`() throws {
    let full = try join("m.1", Self.announcement(0, of: 100))
    for _ in 0..<30 { _ = assign() }
    #expect(excess() == nil)
    // It has twice the room: of thirty streams twenty are to be there.
    let empty = try join("m.2", Self.announcement(0, of: 200))
    var moves: [Int] = []
    while let excess = excess() {
      #expect(excess.slot == full && excess.streams <= StreamMoves.mostPerBeat)
      moves.append(excess.streams)
      for _ in 0..<excess.streams {
        fleet.streamEnded(on: full)
        #expect(assign() == empty)
      }
      fleet.moved(excess.streams)
    }
    #expect(moves == [10, 10])
    #expect(fleet.streams(on: full) == 10 && fleet.streams(on: empty) == 20)
  }

  @Test func `no stream moves to who lacks an engine or leaves, nor back and forth for one stream`() throws {
    _ = try join("m.1", Self.announcement(engines: ["mock", "speech"]))
    for _ in 0..<5 { _ = assign() }
    _ = try join("m.2")
    #expect(excess() == nil)
    _ = try join("m.3", Self.announcement(4, engines: ["mock", "speech"]))
    // Five and four.
    #expect(excess() == nil)
    _ = hello("m.3", Self.announcement(0, engines: ["mock", "speech"], isLeaving: true))
    #expect(excess() == nil)
  }

  // MARK: Death

  @Test func `a worker is given up after silent beats, and a heartbeat each beat is sent before`() throws {
    let slot = try join("m.1")
    for seq in 1...Self.silentBeats { #expect(beat() == [.sendHeartbeat(slot: slot, seq: seq)]) }
    #expect(beat() == [.giveUp(slot: slot)])
    fleet.heard(from: slot)
    #expect(beat() == [.sendHeartbeat(slot: slot, seq: Self.silentBeats + 1)])
  }

  @Test func `beats in which the broker is not heard count for nobody, and end in another connection`() throws {
    let slot = try join("m.1")
    for _ in 1..<Fleet.deafBeats { #expect(beat(heard: false).isEmpty) }
    #expect(beat(heard: false) == [.redial, .cutOff])
    #expect(beat() == [.sendHeartbeat(slot: slot, seq: 1)])
  }

  @Test func `a gateway that has no broker for as long is cut off, and told so once`() throws {
    _ = try join("m.1")
    fleet.disconnected()
    for _ in 1..<Fleet.deafBeats { #expect(beat(heard: false).isEmpty) }
    #expect(beat(heard: false) == [.cutOff])
    #expect(beat(heard: false).isEmpty)
    _ = connect()
    #expect(beat() == [])
    fleet.disconnected()
    for _ in 1..<Fleet.deafBeats { #expect(beat(heard: false).isEmpty) }
    #expect(beat(heard: false) == [.cutOff])
  }

  @Test func `nobody at its subject means that it is gone, unless the broker was lost before`() throws {
    let slot = try join("m.1")
    #expect(hasNoResponders(slot))
    fleet.disconnected()
    #expect(!fleet.isReady(slot) && beat().isEmpty)
    #expect(connect() == [slot])
    #expect(!hasNoResponders(slot))
    // It comes back later than this gateway, and is linked anew.
    #expect(hello("m.1", Self.announcement()) == .link(slot: slot))
    fleet.ready(slot)
    #expect(hasNoResponders(slot))
  }

  @Test func `who does not come back after the broker was lost is given up after a while`() throws {
    let slot = try join("m.1")
    fleet.disconnected()
    _ = fleet.connected()
    for _ in 0..<Fleet.patientBeats { #expect(beat().isEmpty) }
    #expect(beat() == [.giveUp(slot: slot)])
  }

  @Test func `a link that broke is begun anew with the same worker`() throws {
    let slot = try join("m.1")
    #expect(breakLink(slot) == .link(slot: slot))
    #expect(!fleet.isReady(slot) && fleet.slots == [slot])
  }

  @Test func `the fleet answers while a worker has answered a heartbeat within three seconds`() throws {
    #expect(!fleet.isAnswering)
    let slot = try join("m.1")
    for _ in 0...WorkerPool.answeringBeats {
      #expect(fleet.isAnswering)
      fleet.heard(from: slot)
      _ = beat()
    }
    #expect(!fleet.isAnswering)
    fleet.heartbeatAnswered(slot)
    #expect(fleet.isAnswering)
  }
}
