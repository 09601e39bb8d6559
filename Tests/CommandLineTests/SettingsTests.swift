import CommandLine
import Testing

private enum Color: String, CaseIterable { case red, green }

struct FlagsTests {
  private let flags =
    [
      Flag("port", "PORT", variables: ["AUDIO_PORT", "PORT"], fallback: "8000", "The port."),
      Flag("color", "NAME", "The color."),
      Flag("wait", "S", fallback: "1.5", "How long."),
      Flag("quiet", variables: ["QUIET"], "Say less."),
      Flag(
        "batch-window", "MS", variables: ["WINDOW"], former: .init(flag: "gather", variable: "OLD_GATHER"),
        fallback: "0", "How long to wait so that things are done together, and not each of them alone."),
    ] + Flag.common

  private func read(_ arguments: String..., environment: [String: String] = [:]) throws(UsageError) -> Settings {
    try Settings(flags, arguments: arguments) { environment[$0] }
  }

  @Test func `a flag wins over its variable, and that over the fallback`() throws {
    #expect(try read().integer("port", in: 0...65535) == 8000)
    #expect(try read(environment: ["AUDIO_PORT": "1"]).integer("port", in: 0...65535) == 1)
    #expect(try read(environment: ["PORT": "2"]).integer("port", in: 0...65535) == 2)
    #expect(try read("--port", "3", environment: ["AUDIO_PORT": "1"]).integer("port", in: 0...65535) == 3)
    #expect(try read("--port=4").integer("port", in: 0...65535) == 4)
    #expect(try read(environment: ["AUDIO_PORT": ""]).integer("port", in: 0...65535) == 8000)
  }

  @Test func `an error names the flag or variable, the value and what is expected`() throws {
    #expect(throws: UsageError("--port: expected an integer from 0 to 9, got \"x\"")) {
      try read("--port", "x").integer("port", in: 0...9)
    }
    #expect(throws: UsageError("AUDIO_PORT: expected an integer from 0 to 9, got \"10\"")) {
      try read(environment: ["AUDIO_PORT": "10"]).integer("port", in: 0...9)
    }
    #expect(throws: UsageError("--color: expected one of red, green, got \"blue\"")) {
      try read("--color", "blue").choice("color", of: Color.self)
    }
    #expect(throws: UsageError("--wait: expected a number of seconds from 0 to 10, got \"nan\"")) {
      try read("--wait", "nan").seconds("wait", in: 0...10)
    }
    #expect(throws: UsageError("--port: expected a value: --port PORT")) { try read("--port") }
    #expect(throws: UsageError("--quiet: expected no value, got \"3\"")) { try read("--quiet=3") }
  }

  @Test(arguments: [
    ("--prot", "--port"), ("--pory", "--port"), ("--por", "--port"), ("-p", "--port"), ("--colour", "--color"),
    ("--wiat", "--wait"), ("--ver", "--version"), ("--batch", "--batch-window"),
  ])
  func `an unknown flag is answered with the nearest one`(_ given: String, _ nearest: String) {
    #expect(throws: UsageError("\(given): unknown flag (did you mean \(nearest)?)")) { try read(given, "1") }
  }

  @Test(arguments: ["--xyz", "--bandwidth", "-x", "---"])
  func `nothing is suggested where no flag is near`(_ given: String) {
    #expect(throws: UsageError("\(given): unknown flag")) { try read(given, "1") }
  }

  @Test func `former names still work, after the present ones`() throws {
    #expect(try read("--gather", "3").integer("batch-window", in: 0...9) == 3)
    #expect(try read(environment: ["OLD_GATHER": "4"]).integer("batch-window", in: 0...9) == 4)
    #expect(try read(environment: ["OLD_GATHER": "4", "WINDOW": "5"]).integer("batch-window", in: 0...9) == 5)
    #expect(throws: UsageError("--gather: expected an integer from 0 to 9, got \"10\"")) {
      try read("--gather", "10").integer("batch-window", in: 0...9)
    }
  }

  @Test func `operands keep their order, and after two dashes everything is one`() throws {
    #expect(try read("a", "--port", "1", "-", "--", "--port").operands == ["a", "-", "--port"])
  }

  @Test func `switches, choices and seconds`() throws {
    #expect(try read().isOn("quiet") == false)
    #expect(try read("--quiet").isOn("quiet"))
    #expect(try read(environment: ["QUIET": "yes"]).isOn("quiet"))
    #expect(try read("-h").isOn("help"))
    #expect(try read("--color", "red").choice("color", of: Color.self) == .red)
    #expect(try read().choice("color", of: Color.self) == nil)
    #expect(try read().seconds("wait", in: 0...10) == .milliseconds(1500))
  }

  @Test func `help lists each flag with default and variables, wrapped at 100 columns`() {
    let lines = Flag.table(flags).split(separator: "\n").map(String.init)
    #expect(lines[0] == "  --port PORT        The port. (default 8000; env AUDIO_PORT, PORT)")
    #expect(lines.count == flags.count + 1)
    #expect(lines.allSatisfy { $0.count <= 100 })
    let index = lines.firstIndex { $0.contains("--batch-window") } ?? 0
    #expect(lines[index + 1].hasPrefix(String(repeating: " ", count: 21)))
    #expect(lines[index + 1].hasSuffix("env WINDOW; formerly --gather, OLD_GATHER)"))
  }

  @Test func `a long flag has its description on the next line`() {
    let flag = Flag("a-flag-with-a-very-long-name", "NUMBER", "What it does.")
    #expect(Flag.table([flag]) == "  --a-flag-with-a-very-long-name NUMBER\n  What it does.")
    #expect(Flag.table([flag] + Flag.common).split(separator: "\n")[1] == "             What it does.")
  }
}
