import JSON
import Support
import Testing

struct JSONObjectTests {
  @Test func `members stand in the order they were added, without spaces`() {
    var object = JSONObject()
    #expect(object.text == "{}")
    object.add("b", 1)
    object.add("a", -9_223_372_036_854_775_808)
    object.add("c", 0.1)
    object.add("d", figure: nil)
    object.add("e", true)
    object.add("f", "x")
    object.add("g", JSONValue.array([.null, .bool(false), .object([.init(key: "k", value: .number("1.50"))])]))
    #expect(
      object.text
        == #"{"b":1,"a":-9223372036854775808,"c":0.1,"d":null,"e":true,"f":"x","g":[null,false,{"k":1.50}]}"#)
  }

  @Test func `objects and arrays of objects are written in place`() {
    var object = JSONObject()
    object.add("a") { $0.add("{", "{") }
    object.add("b") { _ in }
    object.add("c", objects: 2) { index, json in
      json.add(upTo: 9) { $0.put(#""n":1"#) }
      json.add("d", objects: index) { $1.add("m", $0) }
      json.add("t", upTo: 20) { cursor in
        cursor.put("\"")
        for part in ["a\"", "b"] { cursor.put(escaped: part) }
        cursor.put("\"")
      }
    }
    object.add("e", json: "[1,2]")
    object.add("f", 1)
    #expect(
      object.text
        == #"{"a":{"{":"{"},"b":{},"c":[{"n":1,"d":[],"t":"a\"b"},{"n":1,"d":[{"m":0}],"t":"a\"b"}],"e":[1,2],"f":1}"#)
  }

  @Test func `a reset object is empty again`() {
    var object = JSONObject()
    object.add("a", 1)
    object.reset()
    object.add("b", 0)
    #expect(object.text == #"{"b":0}"#)
  }

  @Test func `looking at the bytes leaves the object open for more`() {
    var object = JSONObject()
    object.add("a", 1)
    #expect(object.withBytes { String(decoding: $0, as: UTF8.self) } == #"{"a":1}"#)
    object.add("b", 2)
    #expect(object.text == #"{"a":1,"b":2}"#)
  }

  @Test(arguments: [
    0.0, -0.0, 1e-300, .leastNonzeroMagnitude, 1e16, 1.7976931348623157e308, 0.30000000000000004, -23.010299956639813,
  ])
  func `a float64 is read back as itself`(number: Double) throws {
    var object = JSONObject()
    object.add("n", number)
    let back = try #require(try JSONValue(parsing: object.bytes)["n"]?.double)
    #expect(back.bitPattern == number.bitPattern)
  }

  @Test(arguments: [
    (0.0, "0.0"), (-0.0, "0.0"), (1, "1.0"), (0.1, "0.1"), (-23.010299956639813, "-23.0102999566398"),
    (0.000_030_517_578_125, "3.0517578125e-05"), (0.085_235_595_703_125, "0.085235595703125"), (0.000_1, "0.0001"),
    (0.999_999_999_999_999_9, "1.0"), (99.999_999_999_999_99, "100.0"), (0.070_703_125, "0.070703125"),
    (36_000.0625, "36000.0625"), (123_456_789_012.4, "123456789012.4"), (999_999_999_999.9, "999999999999.9"),
    (1e-5, "1e-05"), (1e-6, "1e-06"), (1e12, "1000000000000.0"),
  ])
  func `a figure has sixteen digits at most, one of them behind the point, and no zeros at its end`(
    number: Double, text: String
  ) {
    var object = JSONObject()
    object.add("n", figure: number)
    #expect(object.text == #"{"n":\#(text)}"#)
  }

  @Test(arguments: Seed.fresh) func `a figure is within one of its fifteenth digit`(_ seed: Seed) throws {
    var random = seed.random
    for _ in 0..<20_000 {
      let number = Double.random(in: 1...10, using: &random) * .pow10(.random(in: -7...13, using: &random))
      var object = JSONObject()
      object.add("n", figure: number)
      let back = try #require(try JSONValue(parsing: object.bytes)["n"]?.double)
      #expect(abs(back - number) <= number * 1e-14, "\(number)")
    }
  }

  @Test func `every integer is written whole`() {
    var numbers = [0, 1, 9, .max, .min]
    var power = 1
    for _ in 0..<18 {
      power *= 10
      numbers += [power - 1, power, power + 1, -power]
    }
    for number in numbers {
      var object = JSONObject()
      object.add("n", number)
      #expect(object.text == #"{"n":\#(number)}"#)
    }
  }

  @Test func `any text is read back as itself`() throws {
    let all = (0...0x2FF).compactMap(Unicode.Scalar.init).map(String.init).joined()
    for text in [all, "\"\\/", "\u{2028}\u{2029}", "日本語 مرحبا 🎙👩‍👩‍👧", "", "\r\n", "\u{301}"] {
      var object = JSONObject()
      object.add("t", text)
      let back = try #require(try JSONValue(parsing: object.bytes)["t"]?.string)
      #expect(Array(back.utf8) == Array(text.utf8))
    }
  }
}

extension Double {
  fileprivate static func pow10(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? .nan }
}
