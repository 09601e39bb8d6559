import Testing
import WorkerLink

@Suite struct MachineRightsTests {
  /// Whether a subject with wildcards covers one without.
  private func covers(_ right: String, _ subject: String) -> Bool {
    let (wanted, tokens) = (right.split(separator: "."), subject.split(separator: "."))
    for (index, token) in wanted.enumerated() {
      if token == ">" { return tokens.count > index }
      guard index < tokens.count, token == "*" || token == tokens[index] else { return false }
    }
    return wanted.count == tokens.count
  }

  private func allows(_ rights: [String], _ subject: String) -> Bool { rights.contains { covers($0, subject) } }

  @Test func `each machine may say and hear what its links need`() {
    let (gateway, worker) = (MachineRights(of: "g", as: .gateway), MachineRights(of: "a", as: .worker))
    #expect(allows(gateway.publish, LinkSubject.toWorker("a.1", from: "g.2")))
    #expect(allows(worker.subscribe, LinkSubject.toWorker("a.1", from: "g.2")))
    #expect(allows(worker.publish, LinkSubject.toGateway("g.2", from: "a.1")))
    #expect(allows(gateway.subscribe, LinkSubject.toGateway("g.2", from: "a.1")))
    for subject in [LinkSubject.hello(of: "a.1"), LinkSubject.gone("a.1")] {
      #expect(allows(worker.publish, subject) && allows(gateway.subscribe, subject))
    }
    #expect(allows(gateway.publish, LinkSubject.echo("g.2")) && allows(gateway.subscribe, LinkSubject.echo("g.2")))
  }

  @Test func `a worker machine has nothing of another's`() {
    let rights = MachineRights(of: "b", as: .worker)
    #expect(!allows(rights.subscribe, LinkSubject.toWorker("a.1", from: "g.2")))
    for subject in [LinkSubject.toGateway("g.2", from: "a.1"), LinkSubject.hello(of: "a.1"), LinkSubject.gone("a.1")] {
      #expect(!allows(rights.publish, subject))
    }
  }
}
