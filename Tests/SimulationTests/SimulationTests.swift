import Glibc
import Support
import Testing

/// Several machines in one process, all of the product's own values on one clock, in a net that loses, doubles, delays
/// and cuts.
struct SimulationTests {
  /// A seed whose run broke a promise.
  struct Failure: Sendable, CustomStringConvertible {
    var seed: Seed
    var promise: String
    var trace: [String] = []

    var description: String {
      "\(promise)\nrepeat it: Scripts/simulate --seeds 1 --seed \(seed.number)\n"
        + trace.suffix(80).joined(separator: "\n")
    }
  }

  private static func variable(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

  /// How many seeds run: a few before every commit, ten thousand by `make simulate`.
  private static let seeds = variable("SIMULATION_SEEDS") ?? 12
  private static let threads = variable("SIMULATION_THREADS") ?? 2
  /// The rule that is taken out, to see what it is good for.
  private static let rules =
    getenv("SIMULATION_WITHOUT").map { SimulatedRules.without(String(cString: $0)) } ?? SimulatedRules()

  @Test(arguments: Seed.fresh)
  func `each chunk is answered once, receipts add up and words are the same, whatever fails`(_ first: Seed) async {
    let (figures, failure) = await Self.run(first, .all)
    print(
      "simulation: \(Self.seeds) seeds from \(first): \(figures.events) events, \(figures.faults) faults,",
      "\(figures.lostWorkers) workers lost, \(figures.crashes) crashed,",
      "\(figures.clients) clients in \(figures.sessions) sessions, \(figures.resumed) returns,",
      "\(figures.taken) sessions taken, \(figures.fenced) lost to others, \(figures.begunAnew) begun anew,",
      "\(figures.broken) seeds with a broken promise")
    #expect(failure == nil, "\(failure?.description ?? "")")
  }

  /// Runs the seeds from this one on, on several threads; with the first failure.
  private static func run(
    _ first: Seed, _ faults: SimulatedService.Faults
  ) async -> (SimulatedService.Figures, Failure?) {
    await withTaskGroup(of: (SimulatedService.Figures, Failure?).self) { group in
      for thread in 0..<threads {
        group.addTask {
          var (figures, failure) = (SimulatedService.Figures(), Failure?.none)
          for number in stride(from: thread, to: seeds, by: threads) {
            let seed = Seed(first.number &+ UInt64(number))
            let service = SimulatedService(seed, faults: faults, rules: rules)
            let promise = service.run() ?? service.anewProblem
            figures += service.figures
            guard let promise else { continue }
            figures.broken += 1
            failure = failure ?? Failure(seed: seed, promise: promise)
          }
          return (figures, failure)
        }
      }
      var figures = SimulatedService.Figures()
      var failure: Failure?
      for await (more, found) in group {
        figures += more
        if let found { failure = found }
      }
      return (figures, failure.map { traced($0, faults) })
    }
  }

  @Test(arguments: Seed.fresh)
  func `a session that several gateways have had goes on as one`(_ first: Seed) async {
    let (figures, failure) = await Self.run(first, .rivals)
    print(
      "simulation of rivals: \(Self.seeds) seeds from \(first): \(figures.events) events, \(figures.faults) faults,",
      "\(figures.resumed) returns, \(figures.taken) sessions taken, \(figures.fenced) lost to others,",
      "\(figures.begunAnew) begun anew, \(figures.broken) seeds with a broken promise")
    #expect(failure == nil, "\(failure?.description ?? "")")
  }

  /// Repeats a failure to see what had happened before it.
  private static func traced(_ failure: Failure, _ faults: SimulatedService.Faults) -> Failure {
    var failure = failure
    let service = SimulatedService(failure.seed, faults: faults, rules: rules, isTraced: true)
    _ = service.run()
    failure.trace = service.clock.trace ?? []
    return failure
  }

  @Test(arguments: Seed.fresh)
  func `with one fault at a time no session is begun anew`(_ first: Seed) async {
    let faults: SimulatedService.Faults = [.workers, .machines, .gateways, .brokers, .clients, .deafness, .single]
    let (figures, failure) = await Self.run(first, faults)
    print(
      "simulation with one fault each: \(Self.seeds) seeds from \(first): \(figures.events) events,",
      "\(figures.taken) sessions taken, \(figures.begunAnew) begun anew")
    #expect(failure == nil, "\(failure?.description ?? "")")
  }

  @Test(arguments: Seed.fresh)
  func `a run follows from its seed`(_ seed: Seed) {
    let traces = (0..<2).map { _ in
      let service = SimulatedService(seed, isTraced: true)
      _ = service.run()
      return service.clock.trace ?? []
    }
    #expect(traces[0] == traces[1] && !traces[0].isEmpty)
  }

  // MARK: Rules, each taken out

  /// The first of so many seeds that breaks a promise.
  static func failure(
    _ seeds: Int, from first: Seed, _ faults: SimulatedService.Faults, _ rules: SimulatedRules = SimulatedRules(),
    isKept: (SimulatedService) -> Bool = { _ in true }
  ) -> Failure? {
    for number in 0..<seeds {
      let seed = Seed(first.number &+ UInt64(number))
      func run(isTraced: Bool) -> (promise: String?, trace: [String]?) {
        let service = SimulatedService(seed, faults: faults, rules: rules, isTraced: isTraced)
        return (service.run() ?? (isKept(service) ? nil : "it is not as it was to be"), service.clock.trace)
      }
      if run(isTraced: false).promise != nil {
        let (promise, trace) = run(isTraced: true)
        return Failure(seed: seed, promise: promise ?? "it does not fail again", trace: trace ?? [])
      }
    }
    return nil
  }

  /// With every rule; without one of them the first that falls is enough.
  private static let (whole, lacking) = (6, 60)

  @Test(arguments: Seed.fresh)
  func `a gateway that does not hear the broker takes workers for dead only if it counts beats without its echo`(
    _ seed: Seed
  ) {
    let isKept = { (service: SimulatedService) in service.lostWorkers == 0 }
    let failure = Self.failure(Self.whole, from: seed, .deafness, isKept: isKept)
    #expect(failure == nil, "\(failure?.description ?? "")")
    #expect(
      Self.failure(Self.lacking, from: seed, .deafness, SimulatedRules(beatsNeedEcho: false), isKept: isKept) != nil)
  }

  @Test(arguments: Seed.fresh)
  func `a chunk that ends workers ends a second distant one only if it is not tried alone`(_ seed: Seed) {
    let isKept = { (service: SimulatedService) in service.crashes <= 1 }
    let failure = Self.failure(Self.whole, from: seed, .poison, isKept: isKept)
    #expect(failure == nil, "\(failure?.description ?? "")")
    #expect(
      Self.failure(Self.lacking, from: seed, .poison, SimulatedRules(suspectsAreAlone: false), isKept: isKept) != nil)
  }

  @Test(arguments: Seed.fresh)
  func `where messages are lost, streams stand still only if a gap does not break the link`(_ seed: Seed) {
    let failure = Self.failure(Self.whole, from: seed, .messages)
    #expect(failure == nil, "\(failure?.description ?? "")")
    #expect(Self.failure(Self.lacking, from: seed, .messages, SimulatedRules(gapsBreakLinks: false)) != nil)
  }
}
