import Support
import Testing

/// Rules of the hand-over, each taken out of a service; more of them are in `HandoverTrapsTests`.
struct HandoverRulesTests {
  /// Sessions begun anew in so many seeds.
  private static func begunAnew(
    _ first: Seed, _ faults: SimulatedService.Faults, _ rules: SimulatedRules
  ) -> Int {
    (0..<60).reduce(0) { sum, number in
      let service = SimulatedService(Seed(first.number &+ UInt64(number)), faults: faults, rules: rules)
      _ = service.run()
      return sum + service.begunAnew
    }
  }

  @Test(arguments: Seed.fresh)
  func `sessions outlive their gateways only if copies have the answers since the state`(_ seed: Seed) {
    let faults: SimulatedService.Faults = [.gateways]
    let broken = SimulationTests.failure(6, from: seed, faults) { $0.begunAnew == 0 }
    #expect(broken == nil, "\(broken?.description ?? "")")
    #expect(Self.begunAnew(seed, faults, SimulatedRules(copiesHaveAnswers: false)) > 0)
  }

  @Test(arguments: Seed.fresh)
  func `no answer is made twice only if a copy that lacks what its client has is refused`(_ seed: Seed) {
    #expect(SimulationTests.failure(300, from: seed, .rivals, SimulatedRules(copiesAreCompared: false)) != nil)
  }
}
