import Testing

@testable import JSON

struct Base64Tests {
  private let base64 = Base64()

  private func decoded(_ text: String) -> [UInt8]? { base64.decode(text).map(Array.init) }

  @Test(arguments: [
    ("", []), ("AA==", [0]), ("AAA=", [0, 0]), ("AAAA", [0, 0, 0]), ("//+/", [255, 255, 191]),
    ("aGVsbG8=", Array("hello".utf8)),
    ("aGVsbG8", Array("hello".utf8)),
  ])
  func `a text is bytes, with or without its padding`(_ text: String, bytes: [UInt8]) {
    #expect(decoded(text) == bytes)
  }

  @Test(arguments: ["A", "AAAAA", "AA=A", "====", "A===", "AA AA", "AA\nAA", "-_-_", "äääA"])
  func `anything else is none`(_ text: String) {
    #expect(decoded(text) == nil)
  }

  @Test func `the bytes stay until the next ones`() {
    let first = base64.decode("AQID").map(Array.init)
    let long = base64.decode(String(repeating: "////", count: 100_000))
    #expect(long?.count == 300_000 && long?.allSatisfy { $0 == 255 } == true)
    #expect(first == [1, 2, 3] && base64.decode("BAU=").map(Array.init) == [4, 5])
  }
}
