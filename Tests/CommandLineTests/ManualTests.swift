import CommandLine
import Testing

struct ManualTests {
  private let manual = Manual(
    "audio-thing", version: "1.2", summary: "do a thing",
    commands: [
      Manual.Command("", flags: [Flag("wait", "S", "How long.")] + Flag.common, "Without one."),
      Manual.Command(
        "file", operands: "PATH… [FLAGS]",
        flags: [
          Flag("kind", "KIND", fallback: "a", choices: ["a", "bc"], "The user's kind: [a] or bc. More."),
          Flag("into", "DIR", "A folder."),
        ], takesFiles: true, "Send files. At once."),
    ], notes: [".A note with a \\ in it."])

  @Test func `the manual page has the commands, the flags and their defaults, escaped for troff`() throws {
    let page = try #require(try manual.answer(to: ["man"]))
    #expect(page.hasPrefix(".TH AUDIO\\-THING 1 \"\" \"audio-thing 1.2\""))
    for line in [
      "audio\\-thing \\- do a thing", ".SS file", "\\fB\\-\\-into\\fR \\fIDIR\\fR",
      "The user's kind: [a] or bc. More. (default a)", "\\&.A note with a \\e in it.",
    ] {
      #expect(page.contains("\n\(line)"), "\(line)")
    }
  }

  @Test(arguments: Shell.allCases) func `each shell gets commands, flags and values`(_ shell: Shell) throws {
    let script = try #require(try manual.answer(to: ["completion", shell.rawValue]))
    for word in ["audio-thing", "file", "kind", "a bc", "into", "completion"] {
      #expect(script.contains(word), "\(word)")
    }
  }

  @Test func `another shell is refused, with the nearest there is, and other words are none of its`() throws {
    #expect(
      throws: UsageError("completion: expected one of bash, zsh, fish, got \"bsh\" (did you mean bash?)")
    ) { try manual.answer(to: ["completion", "bsh"]) }
    #expect(throws: UsageError("completion: expected one of bash, zsh, fish")) { try manual.answer(to: ["completion"]) }
    #expect(try manual.answer(to: ["file"]) == nil)
    #expect(try manual.answer(to: []) == nil)
  }

  @Test func `help before a command is help behind it`() {
    #expect(Manual.resolvingHelp(["help", "file"]) == ["file", "--help"])
    #expect(Manual.resolvingHelp(["help"]) == ["--help"])
    #expect(Manual.resolvingHelp(["file", "help"]) == ["file", "help"])
  }

  @Test func `-V is --version, and -h --help`() throws {
    #expect(try Settings(Flag.common, arguments: ["-V"]) { _ in nil }.isOn("version"))
    #expect(try Settings(Flag.common, arguments: ["-h"]) { _ in nil }.isOn("help"))
  }
}
