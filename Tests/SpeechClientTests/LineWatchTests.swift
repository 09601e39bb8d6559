import Audio
import Testing

@testable import SpeechClient

struct LineWatchTests {
  /// Lets a second pass in quarters, with so many kbit/s acknowledged of the standard format's 256.
  private struct Line {
    var watch = LineWatch(.standard)
    var now = Duration.zero
    var behind = 0.0
    var bytes = 0.0
    var reports: [String] = []

    mutating func run(_ kilobits: Double, seconds: Int) {
      for _ in 0..<(seconds * 4) {
        now += .milliseconds(250)
        bytes += kilobits * 1000 / 8 / 4
        behind = max(0, behind + (1 - kilobits / 256) / 4)
        if let report = watch.update(behind: behind, acknowledgedBytes: Int(bytes), at: now) { reports.append(report) }
      }
    }
  }

  @Test func `a line that carries too little is reported once, with what helps`() {
    var line = Line()
    line.run(256, seconds: 20)
    #expect(line.reports == [])
    line.run(128, seconds: 10)
    #expect(line.reports == [])
    line.run(128, seconds: 30)
    #expect(
      line.reports == [
        "5.1 s behind: the line carries 128 kbit/s, the audio needs 256 kbit/s; --encoding mulaw needs 128 kbit/s"
      ])
    #expect(line.watch.shownBehind.map { $0 > 19 } == true)
    #expect(line.watch.outlook == "the line carries 128 kbit/s, the audio needs 256 kbit/s")
  }

  @Test func `a line that carries enough again says when the stream will be level`() throws {
    var line = Line()
    line.run(0, seconds: 10)
    line.run(512, seconds: 4)
    #expect(line.watch.outlook == "the line carries 512 kbit/s, the audio needs 256 kbit/s, level in 6 s")
    line.run(512, seconds: 6)
    #expect(line.watch.outlook == nil && line.watch.shownBehind == nil)
    #expect(line.reports == ["5.3 s behind: the server acknowledges nothing"])
    line.run(64, seconds: 20)
    #expect(line.reports.count == 2)
  }

  @Test func `what one byte a sample has already is not advised`() {
    var watch = LineWatch(AudioFormat(sampleRate: 8000, channels: 1, encoding: .mulaw))
    var reports: [String] = []
    for quarter in 0..<80 {
      let behind = Double(quarter) / 8
      if let report = watch.update(behind: behind, acknowledgedBytes: quarter * 1000, at: .milliseconds(250 * quarter))
      {
        reports.append(report)
      }
    }
    #expect(reports == ["5.1 s behind: the line carries 32 kbit/s, the audio needs 64 kbit/s"])
  }

  @Test func `a new connection is measured anew`() {
    var line = Line()
    line.run(128, seconds: 9)
    line.watch.restart()
    line.run(128, seconds: 2)
    #expect(line.watch.outlook == nil)
    line.run(128, seconds: 2)
    #expect(line.watch.outlook != nil)
  }
}
