import JSON
import Support
import Testing

struct TextCursorTests {
  private func text(_ write: (inout TextCursor) -> Void) -> String {
    String(unsafeUninitializedCapacity: 64) { memory in
      guard let start = memory.baseAddress else { return 0 }
      var cursor = TextCursor(start)
      write(&cursor)
      return cursor.place - start
    }
  }

  private func expectSame(_ seconds: Double) {
    let (made, expected) = (text { $0.put(seconds: seconds) }, text { $0.put(figure: seconds) })
    if made != expected { Issue.record("\(seconds): \(made), not \(expected)") }
  }

  @Test func `seconds are written as any figure`() {
    for seconds in [0, -0.0, 0.02, 0.1, 1, 12.3, 12.34, 12.345, 1999999.999, 2e6, 3e9, -1.5, 1e-9, 1e300] {
      expectSame(seconds)
    }
    #expect(text { $0.put(seconds: 3601.05) } == "3601.05")
  }

  @Test(arguments: Seed.fresh) func `any seconds are written as any figure`(_ seed: Seed) {
    var random = seed.random
    for _ in 0..<100_000 {
      let milliseconds = Double.random(in: 0..<3e9, using: &random).rounded()
      expectSame(milliseconds / 1000)
      expectSame((milliseconds / 1000).nextUp)
      expectSame(milliseconds / 44_100)
    }
  }

  @Test(arguments: [0, 7, 10, 42, 99, 100, 12_345_678, .max, .min, -1, -10, -99])
  func `an integer has its digits`(_ number: Int) { #expect(text { $0.put(number) } == String(number)) }
}
