import Testing

@testable import Server

struct ServedTextTests {
  private func served(_ name: String, _ text: String) -> String {
    String(decoding: ServedText.bytes(of: name, Array(text.utf8)), as: UTF8.self)
  }

  @Test func `indentation, empty lines and comments on their own lines are left out`() {
    let script = "// Sums.\n\nfunction sum(a) {\n\t// From the left.\n\treturn a + 1; // as it says\n}\n"
    #expect(served("sum.js", script) == "function sum(a) {\nreturn a + 1; // as it says\n}")
    #expect(served("a.css", "/* Where. */\na {\n\tcolor: red; /* loud */\n}\n") == "a {\ncolor: red; /* loud */\n}")
    #expect(served("a.html", "<p>\n\t\tone // two\n</p>\n") == "<p>\none // two\n</p>")
  }

  @Test(arguments: ["/* one */ a { } /* two */", "/* one", "*/ a { }", "/", "/*/"])
  func `a line of a style with more than a comment stays`(_ line: String) {
    #expect(served("a.css", line) == line)
    #expect(served("a.js", "/\n/*\n") == "/\n/*")
  }

  @Test func `another kind of file stays as it is`() {
    #expect(served("icon.svg", "<svg>\n\t// no script\n</svg>\n") == "<svg>\n\t// no script\n</svg>\n")
    #expect(served("a.js", "") == "")
  }
}
