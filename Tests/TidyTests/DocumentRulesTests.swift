import Testing

@Suite struct DocumentRulesTests {
  private let manifest = RulesTests.manifest

  @Test func `a link that leads nowhere is found`() {
    let file = SourceFile(
      "docs/a.md", "[one](../README.md) and [two](gone.md#part), [web](https://a.b/c), [here](#top)")
    let findings = Rules.links(file) { $0 == "README.md" }
    #expect(findings.map(\.message) == ["the link to docs/gone.md leads nowhere: correct it or take it out"])
  }

  @Test func `a step of the walk names what is in its file, and prose names nothing`() {
    func findings(_ text: String) -> [String] {
      Rules.symbols(
        SourceFile("ARCHITECTURE.md", "It goes to [\(text)](Sources/Server/ServerProgram.swift)."), manifest
      )
      .map(\.message)
    }
    #expect(findings("ServerProgram") == [])
    #expect(findings("`ServerProgram.main()`") == [])
    #expect(findings("the way in") == [])
    #expect(findings("ServerProgram.doze").count == 1)
    #expect(findings("Doorman").first?.hasPrefix("Sources/Server/ServerProgram.swift has no Doorman") == true)
  }

  private static let table = """
    | module | is | imports |
    |---|---|---|
    | [JSON](Sources/JSON) | what travels | |
    | [Capture](Sources/Capture) | sound | JSON, CAlsa |
    | [EngineMock](Sources/Engines/Mock) | the mock | JSON |
    | [Server](Sources/Server) | `audio-server` | JSON |
    """

  @Test(
    arguments: [
      ("", "", nil), ("JSON, CAlsa", "JSON", "write | JSON, CAlsa |"),
      ("[JSON](Sources/JSON)", "[JSON](Sources/Other)", "Sources/JSON"),
      ("| [Server](Sources/Server) | `audio-server` | JSON |", "", "Server has no row"),
      ("[JSON](Sources/JSON)", "[Attic](Sources/Attic)", "no module Attic"),
    ] as [(String, String, String?)])
  func `the table of modules is the manifest's`(_ old: String, _ new: String, _ wanted: String?) {
    var text = Self.table
    if let range = text.firstRange(of: old), !old.isEmpty { text.replaceSubrange(range, with: new) }
    let findings = Rules.moduleTable([SourceFile("ARCHITECTURE.md", text)], manifest)
    if let wanted { #expect(findings.contains { $0.message.contains(wanted) }) } else { #expect(findings.isEmpty) }
  }

  @Test func `a line that is too wide is found where it can be broken`() {
    let wide = String(repeating: "word ", count: 25)
    func findings(_ path: String, _ line: String) -> Int { Rules.columns(SourceFile(path, line), manifest).count }
    #expect(findings("docs/a.md", wide) == 1)
    #expect(findings("docs/a.md", "| " + wide) == 0)
    #expect(findings("docs/a.md", String(repeating: "x", count: 130)) == 0)
    #expect(findings("Sources/JSON/A.swift", "  /// " + wide) == 1)
    #expect(findings("Sources/JSON/A.swift", "let a = \"\(wide)\"") == 0)
    #expect(findings("Scripts/check", "# " + wide) == 1)
    #expect(findings("docs/a.md", String(repeating: "é ", count: 60)) == 0)
  }

  @Test func `a README of more than a hundred and twenty lines is too long`() {
    func findings(_ lines: Int) -> Int {
      Rules.readme(SourceFile("README.md", String(repeating: "a\n", count: lines)), manifest).count
    }
    #expect(findings(120) == 0)
    #expect(findings(121) == 1)
  }

  @Test func `a subject of more than seventy-two characters is too long`() {
    let log = "abc \(String(repeating: "a", count: 72))\ndef \(String(repeating: "a", count: 73))\n"
    #expect(Rules.subjects(log).map(\.path) == ["commit def"])
  }
}
