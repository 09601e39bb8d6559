import Testing

@Suite struct PageRulesTests {
  private func messages(_ text: String, _ name: String = "one.js") -> [String] {
    let others = [SourceFile(PageRules.folder + "other.js", "export {};\n")]
    return PageRules.findings(others + [SourceFile(PageRules.folder + name, text)]).map(\.message)
  }

  @Test func `the page keeps its rules`() {
    let files = Repository.page()
    #expect(files.contains { $0.name == "index.html" })
    let findings = PageRules.findings(files)
    #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
  }

  @Test(arguments: [
    "line.innerHTML = text;", "eval(text);", "box.style.cssText = text;", "new Function(text);", "console.log(1);",
    "box.insertAdjacentHTML(place, text);",
  ])
  func `what would run or show untrusted text is found`(_ line: String) {
    #expect(messages(line).count == 1)
    #expect(messages("box.textContent = text;").isEmpty)
  }

  @Test(arguments: [
    "<p style=\"color: red\">", "<button onclick=\"go()\">", "<script>go()</script>", "<style>p { color: red }</style>",
  ])
  func `styles and handlers in the page itself are found`(_ line: String) {
    #expect(messages(line, "one.html").count == 1)
    #expect(messages("<script type=\"module\" src=\"/page/other.js\"></script>", "one.html").isEmpty)
  }

  @Test func `an address of another host is found, a vocabulary's name and the server's own are not`() {
    #expect(messages("@import \"https://fonts.example/a.css\";", "one.css").count == 1)
    #expect(messages("<img src=\"//elsewhere.example/a.png\">", "one.html").count == 1)
    #expect(messages("<svg xmlns=\"http://www.w3.org/2000/svg\">", "one.svg").isEmpty)
    #expect(messages("const url = `ws://${location.host}/`;").isEmpty)
  }

  @Test func `a module that is not there is found`() {
    #expect(messages("import { a } from \"./other.js\";").isEmpty)
    #expect(messages("import { a } from \"./another.js\";") == ["another.js is no file of the page"])
    #expect(messages("new Worker(policy.createScriptURL(\"/page/lost.js\"));") == ["lost.js is no file of the page"])
  }

  @Test func `long files, long lines and literals of two lines are found`() {
    #expect(messages(String(repeating: "a();\n", count: 401)).count == 1)
    #expect(messages(String(repeating: "a", count: 121)).count == 1)
    #expect(messages("const text = `one\ntwo`;\n").count == 2)
  }
}
