import CommandLine
import Testing

private enum Colour: String, CaseIterable { case red, green }

struct FlagsTests {
  private let flags =
    [
      Flag("port", "PORT", variables: ["AUDIO_PORT", "PORT"], fallback: "8000", "The port."),
      Flag("colour", "NAME", "The colour."),
      Flag("wait", "S", fallback: "1.5", "How long."),
      Flag("quiet", variables: ["QUIET"], "Say less."),
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
    #expect(try read(environment: ["AUDIO_PORT": ""]).integer("port", in: 0...65_535) == 8000)
  }

  @Test func `what is wrong is named with what was given and what is allowed`() throws {
    #expect(throws: UsageError("--port: \"x\" was given; allowed is a whole number from 0 to 9")) {
      try read("--port", "x").integer("port", in: 0...9)
    }
    #expect(throws: UsageError("AUDIO_PORT: \"10\" was given; allowed is a whole number from 0 to 9")) {
      try read(environment: ["AUDIO_PORT": "10"]).integer("port", in: 0...9)
    }
    #expect(throws: UsageError("--colour: \"blue\" was given; allowed is one of red, green")) {
      try read("--colour", "blue").choice("colour", of: Colour.self)
    }
    #expect(throws: UsageError("--wait: \"nan\" was given; allowed is a number of seconds from 0 to 10")) {
      try read("--wait", "nan").seconds("wait", in: 0...10)
    }
    #expect(throws: UsageError("--port: a value is missing: --port PORT")) { try read("--port") }
    #expect(throws: UsageError("--quiet: \"3\" was given; allowed is no value: it is a switch")) {
      try read("--quiet=3")
    }
  }

  @Test func `an unknown flag is named with those there are`() {
    #expect(
      throws: UsageError(
        "--prot: no such flag; allowed are --colour, --help, --port, --quiet, --version, --wait")
    ) { try read("--prot", "1") }
    #expect(throws: UsageError.self) { try read("-x") }
  }

  @Test func `operands keep their order, and after two dashes everything is one`() throws {
    #expect(try read("a", "--port", "1", "-", "--", "--port").operands == ["a", "-", "--port"])
  }

  @Test func `switches, choices and seconds`() throws {
    #expect(try read().isOn("quiet") == false)
    #expect(try read("--quiet").isOn("quiet"))
    #expect(try read(environment: ["QUIET": "yes"]).isOn("quiet"))
    #expect(try read("-h").isOn("help"))
    #expect(try read("--colour", "red").choice("colour", of: Colour.self) == .red)
    #expect(try read().choice("colour", of: Colour.self) == nil)
    #expect(try read().seconds("wait", in: 0...10) == .milliseconds(1500))
  }

  @Test func `the help table has a line a flag, with default and variables`() {
    let lines = Flag.table(flags).split(separator: "\n")
    #expect(lines.count == flags.count)
    #expect(lines[0] == "  --port PORT    The port. (default 8000; env AUDIO_PORT, PORT)")
  }
}
