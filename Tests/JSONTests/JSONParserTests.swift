import JSON
import Testing

struct JSONParserTests {
  @Test func `every kind of value is read`() throws {
    let value = try JSONValue(parsing: #" {"a":[1,-2.50e+3,true,false,null],"b":{"c":"d"}} "#)
    #expect(value["a"] == .array([.number("1"), .number("-2.50e+3"), .bool(true), .bool(false), .null]))
    #expect(value["a"]?.array?[1].double == -2500)
    #expect(value["b"]?["c"]?.string == "d")
    #expect(value["none"] == nil)
    #expect(value["a"]?["c"] == nil)
    #expect(try JSONValue(parsing: "\t\r\n[ ]") == .array([]))
    #expect(try JSONValue(parsing: "{ }") == .object([]))
  }

  @Test(
    arguments: [
      ("7", 7), ("-7.0", -7), ("4.41e4", 44_100), ("-0.0", 0), ("9007199254740993", 9_007_199_254_740_993),
      ("7.5", nil),
      ("1e30", nil), ("1e400", nil), ("99999999999999999999", nil), (#""7""#, nil),
    ] as [(String, Int?)])
  func `a whole number is an integer however it is written`(text: String, integer: Int?) throws {
    #expect(try JSONValue(parsing: text).integer == integer)
  }

  @Test(arguments: [
    "0", "-0", "1.0", "12345678901234567890123", "1e400", "9007199254740993", "0.1E-7", #""x""#, "[[],{}]",
    #"{"a":1,"a":2}"#, #"{"":"","é":"日本語🎙"}"#, "[null,true,false]",
  ])
  func `what was compact JSON is written back byte for byte`(text: String) throws {
    #expect(try JSONValue(parsing: text).text == text)
  }

  @Test(arguments: [
    ("", JSONError.endOfText), ("   ", .endOfText), ("{", .endOfText), ("[1,", .endOfText), ("\"abc", .endOfText),
    ("tru", .endOfText), ("-", .endOfText), ("1.", .endOfText), ("1e", .endOfText), (#""\"#, .endOfText),
    (#""\u12"#, .endOfText), ("trux", .unexpected(offset: 3)), ("01", .unexpected(offset: 1)),
    ("+1", .unexpected(offset: 0)), (".5", .unexpected(offset: 0)), ("1 2", .unexpected(offset: 2)),
    ("[1,]", .unexpected(offset: 3)), ("[1 2]", .unexpected(offset: 3)), ("{\"a\" 1}", .unexpected(offset: 5)),
    ("{a:1}", .unexpected(offset: 1)), ("{\"a\":1,}", .unexpected(offset: 7)), ("'a'", .unexpected(offset: 0)),
    (#""\x""#, .unexpected(offset: 2)), (#""\u12G4""#, .unexpected(offset: 5)), ("NaN", .unexpected(offset: 0)),
    (#""\ud83dx""#, .unexpected(offset: 7)), ("\"\n\"", .unexpected(offset: 1)), ("\u{FEFF}1", .unexpected(offset: 0)),
  ])
  func `malformed text is refused where it goes wrong`(text: String, error: JSONError) {
    #expect(throws: error) { try JSONValue(parsing: text) }
  }

  @Test func `a lone surrogate has no character and is refused, in either half`() {
    for text in [#""\ud83d""#, #""\udc00""#, #""\ud83d\ud83d""#] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }
  }

  @Test func `bytes that are no UTF-8 are refused inside a string and outside`() {
    for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x80], [0]] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }
  }

  @Test func `escapes become the characters they stand for`() throws {
    let text = #""\"\\\/\b\f\n\r\tA\u00e9\u65E5\ud83c\udf99\u0000""#
    #expect(try JSONValue(parsing: text).string == "\"\\/\u{8}\u{C}\n\r\tAé日🎙\0")
  }

  @Test func `nesting is taken to its limit and not further`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try JSONValue(parsing: nested(JSONValue.greatestDepth)).text == nested(JSONValue.greatestDepth))
    #expect(throws: JSONError.tooDeep(offset: JSONValue.greatestDepth)) {
      try JSONValue(parsing: nested(JSONValue.greatestDepth + 1))
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
  }

  @Test func `an integer is a number without fraction that fits`() throws {
    #expect(try JSONValue(parsing: "9007199254740991").integer == 9_007_199_254_740_991)
    #expect(try JSONValue(parsing: "-3").integer == -3)
    for text in ["1.5", "99999999999999999999", #""1""#, "true", "null"] {
      #expect(try JSONValue(parsing: text).integer == nil)
    }
  }

  @Test func `a number no float64 holds has digits and no value, so that nobody writes infinity`() throws {
    #expect(try JSONValue(parsing: "1e400").double == nil)
    #expect(try JSONValue(parsing: "-1e400").double == nil)
    #expect(try JSONValue(parsing: "1e308").double == 1e308)
  }

  @Test func `of a member given twice the last counts`() throws {
    #expect(try JSONValue(parsing: #"{"type":"a","type":"b"}"#)["type"]?.string == "b")
  }

  @Test func `text cut at any byte is refused, never half understood`() throws {
    let text = Array(#"{"seq":1,"text":"a\"\u00e9日","rms":0.25,"dbfs":null,"final":true,"list":[1,{"a":2}]}"#.utf8)
    for length in 0..<text.count { #expect(throws: JSONError.self) { try JSONValue(parsing: text[..<length]) } }
    #expect(throws: Never.self) { try JSONValue(parsing: text) }
  }
}
