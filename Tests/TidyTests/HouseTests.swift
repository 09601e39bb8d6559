import Testing

@Suite struct HouseTests {
  static let files = Repository.files()

  @Test func `the repository is where this file says it is`() {
    #expect(Repository.exists("Package.swift"))
    #expect(Self.files.contains { $0.path == "Package.swift" })
    #expect(Self.files.contains { $0.path == "Sources/JSON/JSONValue.swift" })
    #expect(Self.files.contains { $0.path == "Tests/TidyTests/HouseTests.swift" })
  }

  @Test(arguments: House.rooms.keys.sorted()) func `a room keeps the rules`(_ room: String) {
    let findings = Self.files.filter { $0.module == room }.flatMap { file in Rules.perFile.flatMap { $0(file) } }
    #expect(findings.isEmpty, "\(list(findings))")
  }

  @Test func `everything outside the rooms keeps the rules`() {
    let others = Self.files.filter { $0.module.map { House.rooms[$0] == nil && !$0.hasPrefix("C") } ?? true }
    let findings = others.flatMap { file in Rules.perFile.flatMap { $0(file) } }
    #expect(findings.isEmpty, "\(list(findings))")
  }

  @Test func `each C library has one file that imports it`() {
    let findings = Rules.oneOwner(Self.files)
    #expect(findings.isEmpty, "\(list(findings))")
  }

  @Test func `a C module is a module map and a shim and nothing else`() {
    let modules = Self.files.filter { $0.path.hasPrefix("Sources/C") && House.rooms[$0.module ?? ""] == nil }
    #expect(!modules.isEmpty)
    for file in modules where !House.written.contains(where: { file.path.hasPrefix("Sources/\($0)/") }) {
      #expect(["module.modulemap", "shim.h"].contains(file.name), "\(file.path): a C module has no code of its own")
    }
  }

  @Test func `the documents' links lead somewhere`() {
    let findings = Self.files.flatMap { Rules.links($0, exists: Repository.exists) }
    #expect(findings.isEmpty, "\(list(findings))")
  }

  private func list(_ findings: [Finding]) -> String { findings.map(\.description).joined(separator: "\n") }
}
