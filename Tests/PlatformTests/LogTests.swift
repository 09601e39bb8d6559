import JSON
import Testing

@testable import Platform

struct LogTests {
  @Test func `a line as text has its fields behind it, quoted where they need it`() {
    let line = Log.line(
      .info, "client gone",
      [("client_id", .number(7)), ("reason", .string("two words")), ("peer", .string("1.2.3.4:5"))],
      format: .text, time: "T")
    #expect(line == #"T info client gone client_id=7 reason="two words" peer=1.2.3.4:5"#)
  }

  @Test func `a line as JSON is an object that parses`() throws {
    let line = Log.line(.error, "a \"b\"\n", [("n", .number(1))], format: .json, time: "T")
    let value = try JSONValue(parsing: line)
    #expect(value["message"]?.string == "a \"b\"\n")
    #expect(value["level"]?.string == "error")
    #expect(value["n"]?.integer == 1)
  }

  @Test func `each level includes those before it`() {
    #expect(LogLevel.error < .warning && LogLevel.warning < .info && LogLevel.info < .debug)
  }
}
