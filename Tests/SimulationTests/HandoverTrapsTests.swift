import Recognition
import Support
import Testing
import WorkerLink

@testable import Server
@testable import Worker

/// The traps of a hand-over between servers, each brought about step by step: with the rule that is against it no
/// promise is broken, and without it one is. Those that take many seeds are in `HandoverRulesTests` and
/// `SimulationTests`.
///
/// 1. Beats are counted in which the broker was not heard: `Fleet.beat` counts those with the gateway's own echo.
///    Test: `a gateway that does not hear the broker takes workers for dead only if it counts beats without its echo`.
/// 2. A session goes on where it is at hand, though another gateway has had it: `Handover` changes its record at every
///    return. Test: `a session at hand goes on only if its record says so`.
/// 3. A gateway that stood still goes on where another one is now: a worker refuses an older claim, and one of the same
///    epoch from another gateway (`Mirror.isClaim`), and tells the one that has lost the session (`GatewayLinks.give`).
///    Tests: `a gateway that wakes changes no copy of a session that another one has`, `of two gateways with the same
///    epoch the first has the session`, `a session that has moved is recognized once`.
/// 4. A session goes on from a copy that it has left behind: `SessionRecord.since` is written when it moves, and before
///    it goes on at another gateway. Tests: `a copy that a session has left behind is refused`, `a copy that a session
///    did not go on from is refused`.
/// 5. What comes behind a copy is taken before that is looked at: the client is not read meanwhile (`claim`), and the
///    stream is opened at a worker later, under another name. Test: `what a client sends behind its request for a
///    session is for that session`.
/// 6. A change without an answer is given up without reading: every claim reads the record first, and what is at hand
///    of a session that another gateway has had is given up before the record can name this one. Tests: `a claim
///    without an answer is read before the next one`, `a claim without an answer brings no old session back`.
struct HandoverTrapsTests {
  /// Runs a scenario from some seeds, with all rules and without this one.
  /// - Parameter promise: the one that is broken then.
  private func expect(
    _ promise: String, from first: Seed, without rule: WritableKeyPath<SimulatedRules, Bool>,
    sourceLocation: SourceLocation = #_sourceLocation, _ scenario: (StagedRun) -> (SimulatedStage, problem: String?)
  ) {
    var broken: [String] = []
    for number in 0..<4 {
      var run = StagedRun(rules: SimulatedRules(), seed: Seed(first.number &+ UInt64(number)))
      if let problem = scenario(run).problem {
        run.isTraced = true
        let trace = scenario(run).0.clock.trace ?? []
        Issue.record(
          "\(run.seed): \(problem)\n\(trace.suffix(80).joined(separator: "\n"))", sourceLocation: sourceLocation)
      }
      run.rules[keyPath: rule] = false
      if let problem = scenario(run).problem { broken.append(problem) }
    }
    #expect(broken.contains { $0.contains(promise) }, "\(broken)", sourceLocation: sourceLocation)
  }

  /// The client's session is at gateway 1, and gateway 0, which had it, does not know.
  private func stageWithOldSession(_ run: StagedRun) -> SimulatedStage {
    let stage = SimulatedStage(run, gateways: 2, machines: 2)
    stage.answer(8, from: 0)
    let home = stage.home(from: 0) ?? 0
    stage.gateways[0].host.holdBroker(until: stage.clock.now + 5_000_000)
    stage.move(to: 1)
    stage.wait { stage.gateways[1].counters.sessions.takenInAll == 1 }
    // Neither what the worker has said to it arrives, nor does it say so again.
    stage.gateways[0].host.breakBroker()
    stage.machines[home].workers.first?.stop(until: stage.clock.now + 7_000_000)
    stage.answer(16, from: 1)
    return stage
  }

  @Test(arguments: Seed.fresh)
  func `a session at hand goes on only if its record says so`(_ seed: Seed) {
    expect("begun anew", from: seed, without: \.returnsAreRecorded) { run in
      let stage = stageWithOldSession(run)
      stage.move(to: 0)
      return (stage, stage.end())
    }
  }

  @Test(arguments: Seed.fresh)
  func `a claim without an answer is read before the next one`(_ seed: Seed) {
    expect("the client waits for ever", from: seed, without: \.changesAreRead) { run in
      let stage = SimulatedStage(run, gateways: 2, machines: 1)
      stage.answer(8, from: 0)
      stage.move(to: 1)
      stage.wait { stage.recorded.hasPrefix("g1.") }
      stage.gateways[1].host.breakBroker()
      return (stage, stage.end())
    }
  }

  @Test(arguments: Seed.fresh)
  func `a claim without an answer brings no old session back`(_ seed: Seed) {
    expect("begun anew", from: seed, without: \.oldSessionsAreGivenUp) { run in
      let stage = stageWithOldSession(run)
      stage.move(to: 0)
      stage.wait { stage.recorded.hasPrefix("g0.") }
      stage.gateways[0].host.breakBroker()
      return (stage, stage.end())
    }
  }

  @Test(arguments: Seed.fresh)
  func `a gateway that wakes changes no copy of a session that another one has`(_ seed: Seed) {
    expect("begun anew", from: seed, without: \.claimsAreOrdered) { run in
      let stage = SimulatedStage(run, gateways: 3, machines: 1)
      stage.answer(8, from: 0)
      let end = stage.clock.now + 3_000_000
      stage.gateways[0].stop(until: end)
      stage.gateways[0].beLeft()
      stage.answer(16, from: 1)
      // It does not read, so the broker gives it up: it begins a new link, and sends all that it has.
      stage.gateways[0].host.breakBroker()
      stage.wait { stage.clock.now > end + 1_000_000 }
      stage.entrance = 2
      stage.gateways[1].kill()
      return (stage, stage.end())
    }
  }

  /// A directory that has lost its last change lets two gateways claim the same epoch.
  @Test(arguments: [true, false])
  func `of two gateways with the same epoch the first has the session`(_ hasRule: Bool) {
    var rules = SimulatedRules()
    rules.claimsAreUnique = hasRule
    let mirror = SimulatedMirror(rules)
    let key = SessionKey(session: "s", of: nil)
    func tell(_ gateway: String, _ epoch: UInt64, _ state: [UInt8]) -> Bool {
      mirror.take(
        SessionState(
          key: key, stream: StreamID(gateway: epoch, number: 1), epoch: epoch, received: 0, answered: 0, firstKept: 1),
        StatePiece(isFirst: true, isLast: true, bytes: state), from: gateway)
    }
    func take(_ gateway: String, _ epoch: UInt64) -> Bool {
      if case .image = mirror.take(key, epoch: epoch, by: gateway, now: .zero) { true } else { false }
    }
    #expect(tell("g.0", 1, [0]))
    #expect(take("g.1", 2) && tell("g.1", 2, [1]))
    // The second one is told so, and claims a later one.
    #expect(take("g.2", 2) != hasRule)
    if hasRule { #expect(take("g.2", 3)) }
    #expect(tell("g.2", hasRule ? 3 : 2, [2]))
    // The first one wakes. What it says would take the place of what the second one has told its client since.
    #expect(tell("g.1", 2, [1]) != hasRule)
  }

  @Test(arguments: Seed.fresh)
  func `a copy that a session has left behind is refused`(_ seed: Seed) {
    expect("other words", from: seed, without: \.oldCopiesAreRefused) { run in
      let stage = SimulatedStage(run, gateways: 2, machines: 2, canTry: false)
      stage.answer(8, from: 0)
      let old = stage.home(from: 0) ?? 0
      // The first worker answers four chunks more, and nobody hears of it.
      stage.machines[old].workers.first?.stop(until: stage.clock.now + 800_000)
      stage.client.limit = 12
      stage.wait { stage.unanswered(at: 0) == 4 }
      stage.wait(milliseconds: 20)
      let back = stage.clock.now + 5_000_000
      stage.machines[old].isolate(until: back)
      // The second one ends with the first of them. It is answered otherwise now.
      stage.fail(machine: 1 - old, gateway: 0)
      stage.wait { stage.clock.now > back && !stage.gateways[1].distant.keeperSlots.isEmpty }
      stage.entrance = 1
      return (stage, stage.end(mayBegin: true))
    }
  }

  @Test(arguments: Seed.fresh)
  func `a copy that a session did not go on from is refused`(_ seed: Seed) {
    expect("other words", from: seed, without: \.oldCopiesAreRefused) { run in
      let stage = SimulatedStage(run, gateways: 3, machines: 2, canTry: false)
      stage.answer(8, from: 0)
      let old = stage.home(from: 0) ?? 0
      // The second worker answers four chunks more, and the client does not hear of it.
      stage.machines[old].isolate(until: stage.clock.now + 3_000_000)
      stage.client.limit = 12
      stage.wait { stage.unanswered(at: 0) == 4 }
      stage.move(to: nil)
      stage.wait { stage.home(from: 0) == 1 - old && stage.unanswered(at: 0) == 0 }
      stage.wait(milliseconds: 50)
      // It is gone with its gateway: the session goes on from the first one's copy, and is answered otherwise.
      let back = stage.clock.now + 10_000_000
      stage.machines[1 - old].isolate(until: back)
      stage.gateways[0].kill()
      stage.wait { stage.clock.now > back - 6_000_000 && stage.gateways[1].distant.keeperSlots.count == 1 }
      stage.entrance = 1
      stage.fail(machine: old, gateway: 1)
      stage.wait { stage.clock.now > back && !stage.gateways[2].distant.keeperSlots.isEmpty }
      stage.entrance = 2
      return (stage, stage.end(mayBegin: true))
    }
  }

  @Test(arguments: Seed.fresh)
  func `what a client sends behind its request for a session is for that session`(_ seed: Seed) {
    expect("client 0", from: seed, without: \.returnsAreHeld) { run in
      let stage = SimulatedStage(run, gateways: 2, machines: 1)
      stage.client.isHasty = true
      stage.answer(8, from: 0)
      stage.move(to: nil)
      stage.wait { !stage.client.isReady }
      stage.client.limit = 16
      stage.wait(milliseconds: 1_000)
      stage.entrance = 1
      return (stage, stage.end())
    }
  }

  @Test(arguments: Seed.fresh)
  func `a session that has moved is recognized once`(_ seed: Seed) {
    expect("twice", from: seed, without: \.losersAreTold) { run in
      let stage = SimulatedStage(run, gateways: 2, machines: 1)
      stage.answer(8, from: 0)
      stage.move(to: 1)
      stage.answer(16, from: 1)
      let isOnce = stage.machines[0].workers.first?.streams == 1 && stage.session(at: 0) == nil
      return (stage, stage.end() ?? (isOnce ? nil : "its audio is recognized twice"))
    }
  }
}
