import Testing

@testable import CommandLine

struct ConfigFileTests {
  private enum Missing: Error { case file }

  private let flags =
    [
      Flag("port", "PORT", variables: ["AUDIO_PORT"], fallback: "8000", "The port."),
      Flag("host", "ADDRESS", "The host."),
      Flag("no-page", variables: ["AUDIO_NO_PAGE"], "Serve no page."),
      Flag(
        "batch-window", "MS", former: .init(flag: "gather", variable: "GATHER"), fallback: "0", isReloaded: true,
        "How long."),
      Flag.config(variable: "AUDIO_CONFIG"),
    ] + Flag.common

  /// - Parameter text: of the file `a.conf`.
  private func read(
    _ text: String, _ arguments: [String] = ["--config", "a.conf"], _ environment: [String: String] = [:]
  ) throws(UsageError) -> Settings {
    let source = ConfigFile.Source(flags) { path in
      path == "a.conf" ? .success(Array(text.utf8)) : .failure(Missing.file)
    }
    return try Settings(flags, arguments: arguments, environment: { environment[$0] }, file: source)
  }

  @Test func `a flag wins over a variable, that over the file, and that over the fallback`() throws {
    let text = "port = 1\n"
    #expect(try read(text).integer("port", in: 0...9) == 1)
    #expect(try read(text, ["--config", "a.conf"], ["AUDIO_PORT": "2"]).integer("port", in: 0...9) == 2)
    #expect(try read(text, ["--config=a.conf", "--port", "3"], ["AUDIO_PORT": "2"]).integer("port", in: 0...9) == 3)
    #expect(try read("", ["--config", "a.conf"]).integer("port", in: 0...9999) == 8000)
    #expect(try read(text, [], ["AUDIO_CONFIG": "a.conf"]).string("port") == "1")
    #expect(try read(text, []).string("port") == "8000")
  }

  @Test func `lines have a name and a value, comments and blank lines nothing`() throws {
    let text =
      "\u{FEFF}# a comment = 1\r\n\r\n  host=a#b = c  \r\n\tno-page = yes\n   # port = 2\nport = \"7 \"\ngather = 5"
    let settings = try read(text)
    #expect(settings.string("host") == "a#b = c")
    #expect(try settings.isOn("no-page"))
    #expect(settings.string("port") == "7 ")
    #expect(settings.string("batch-window") == "5")
  }

  @Test func `an error names file, line, name and what is expected`() throws {
    #expect(throws: UsageError("a.conf:2: port: expected an integer from 0 to 9, got \"x\"")) {
      try read("\nport = x").integer("port", in: 0...9)
    }
    #expect(throws: UsageError("a.conf:1: no-page: expected 1 or 0, got \"maybe\"")) {
      try read("no-page = maybe").isOn("no-page")
    }
  }

  @Test(arguments: [
    ("prot = 1", "prot: unknown name (did you mean port?)"),
    ("--port = 1", "--port: unknown name (did you mean port?)"),
    ("AUDIO_PORT=1", "AUDIO_PORT: unknown name (did you mean port?)"),
    ("no_page = 1", "no_page: unknown name (did you mean no-page?)"), ("config = b", "config: unknown name"),
    ("xyz = 1", "xyz: unknown name"), ("help = 1", "help: unknown name"),
    ("port 8000", "expected name = value, such as port = 8000, got \"port 8000\""),
    ("[server]", "expected name = value, such as port = 8000, got \"[server]\""),
    ("host =", "host: expected a value, or # ahead of the line"),
    ("host = \"\"", "host: expected a value, or # ahead of the line"),
    ("= 1", "expected name = value, such as port = 8000, got \"= 1\""),
  ])
  func `a line that is none is told, with what would be right`(line: String, problem: String) {
    #expect(throws: UsageError("a.conf:2: \(problem)")) { try read("port = 1\n\(line)\n") }
  }

  @Test func `all lines that are wrong are told, also a second one of the same name`() {
    #expect(
      throws: UsageError(
        """
        a.conf:2: gather: expected once, but line 1 has it, too
        a.conf:4: prot: unknown name (did you mean port?)
        """)
    ) { try read("batch-window = 1\ngather = 2\n\nprot = 3\n") }
  }

  @Test func `a file that cannot be read, or is no text, is told`() throws {
    let error = #expect(throws: UsageError.self) { try read("", ["--config", "b.conf"]) }
    #expect(error?.message == "b.conf: expected a configuration file that can be read (file)")
    #expect(throws: UsageError("c: expected text in UTF-8")) { try ConfigFile([0xFF], path: "c", flags: flags) }
  }

  @Test func `settings that were read anew tell what has changed`() throws {
    let old = try read("port = 1\nhost = a\n")
    #expect(try read("host = a\nport = 1\n").changes(since: old).isEmpty)
    #expect(try read("port = 2\n").changes(since: old).map(\.name) == ["host", "port"])
    // As it was, by another way.
    #expect(try read("host = a", ["--config", "a.conf", "--port", "1"]).changes(since: old).isEmpty)
    #expect(try read("port = 1\nhost = a\ngather = 0").changes(since: old).isEmpty)
  }
}
