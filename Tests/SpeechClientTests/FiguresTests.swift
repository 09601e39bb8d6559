import Testing

@testable import SpeechClient

struct FiguresTests {
  @Test func `numbers have the requested decimals`() {
    #expect(12.345.fixed(1) == "12.3")
    #expect(0.05.fixed(2) == "0.05")
    #expect((-0.001).fixed(1) == "0.0")
    #expect((-23.96).fixed(1) == "-24.0")
    #expect(1e20.fixed(1) == "1e+20")
    #expect(1e14.fixed(6) == "100000000000000.0")
    #expect(123_456_789_012.5.fixed(6) == "123456789012.500000")
    #expect(2.5.fixed(0) == "3")
    #expect(Double.nan.fixed(1) == "nan")
  }

  @Test func `time is written as a clock`() {
    #expect(0.0.clock() == "0:00.0")
    #expect(59.96.clock() == "1:00.0")
    #expect(59.96.clock(tenths: false) == "0:59")
    #expect(3723.4.clock() == "1:02:03.4")
    #expect((-1.0).clock() == "0:00.0")
  }

  @Test func `short times have a suitable unit`() {
    #expect(Duration.microseconds(870).brief == "870 µs")
    #expect(Duration.microseconds(1440).brief == "1.4 ms")
    #expect(Duration.milliseconds(12).brief == "12 ms")
    #expect(Duration.seconds(3.21).brief == "3.2 s")
  }
}
