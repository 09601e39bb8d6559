import JSON
import Testing

@testable import Server

struct FifoTests {
  @Test func `what goes in first comes out first, however often it is turned over`() {
    var fifo = Fifo<Int>()
    var next = 0
    var expected = 0
    for round in 0..<1000 {
      for _ in 0..<(round % 7) {
        fifo.append(next)
        next += 1
      }
      for _ in 0..<(round % 5) {
        guard let item = fifo.popFirst() else { break }
        #expect(item == expected)
        expected += 1
      }
      #expect(fifo.count == next - expected)
      #expect(fifo.first == (next == expected ? nil : expected))
    }
    #expect(fifo.takeAll() == Array(expected..<next))
    #expect(fifo.isEmpty && fifo.popFirst() == nil)
  }
}

struct StreamDigestTests {
  @Test func `the digest is SHA-256, piecewise as at once`() {
    let digest = StreamDigest()
    #expect(digest.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    Array("a".utf8).withUnsafeBytes { digest.update($0) }
    _ = digest.hexadecimal
    Array("bc".utf8).withUnsafeBytes { digest.update($0) }
    #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}

struct LogTests {
  @Test func `a line as text has its fields behind it, quoted where they need it`() {
    let line = Log.line(
      .info, "client gone", ["client_id": .number(7), "reason": .string("two words"), "peer": .string("1.2.3.4:5")],
      format: .text, time: "T")
    #expect(line == #"T info client gone client_id=7 reason="two words" peer=1.2.3.4:5"#)
  }

  @Test func `a line as JSON is an object that parses`() throws {
    let line = Log.line(.error, "a \"b\"\n", ["n": .number(1)], format: .json, time: "T")
    let value = try JSONValue(parsing: line)
    #expect(value["message"]?.string == "a \"b\"\n")
    #expect(value["level"]?.string == "error")
    #expect(value["n"]?.integer == 1)
  }

  @Test func `each level includes those before it`() {
    #expect(LogLevel.error < .warning && LogLevel.warning < .info && LogLevel.info < .debug)
  }
}
