import Support
import Testing

@Suite struct HouseTests {
  static let files = Repository.files()
  static let manifest = Manifest(Repository.text("Package.swift") ?? "")

  @Test func `the repository is where this file says it is, and its manifest is understood`() {
    #expect(Self.files.contains { $0.path == "Package.swift" })
    #expect(Self.files.contains { $0.path == "Tests/TidyTests/HouseTests.swift" })
    #expect(Self.manifest["Server"]?.kind == .program)
    #expect(Self.manifest["Server"]?.dependencies.contains("Web") == true)
    #expect(Self.manifest["TidyTests"]?.path == "Tests/TidyTests")
    #expect(Self.manifest.target(of: "Tests/Support/Tone.swift")?.name == "Support")
    for target in Self.manifest.targets { #expect(Repository.exists(target.path), "\(target)") }
  }

  @Test(arguments: Rules.all.keys.sorted()) func `the house keeps the rule`(_ name: String) throws {
    let rule = try #require(Rules.all[name])
    let findings = rule(Self.files, Self.manifest)
    let list = findings.map(\.description).joined(separator: "\n")
    if Rules.waiting.contains(name) {
      withKnownIssue("\(findings.count) findings: this rule is not in force yet", isIntermittent: true) {
        #expect(findings.isEmpty)
      }
    } else {
      #expect(findings.isEmpty, "\(list)")
    }
  }

  @Test func `the documents' links lead somewhere`() {
    let findings = Self.files.flatMap { Rules.links($0, exists: Repository.exists) }
    #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
  }

  @Test func `a commit's subject can be read in a list`() throws {
    // Without git, or where the history is cut off, there is nothing to read.
    let range = "\(House.lastWithLongSubjects)..HEAD"
    guard let log = try? ShellCommand.run("git -C '\(Repository.root)' log --format='%h %s' \(range) 2>/dev/null")
    else {
      return
    }
    let findings = Rules.subjects(log)
    #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
  }
}
