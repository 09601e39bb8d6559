import Testing

@testable import Client
@testable import SpeechClient

struct StreamScreenTests {
  private var busy: StreamScreen {
    var screen = StreamScreen()
    screen.reading = Meter.Reading(level: -23.4, peak: -6.1, isClipping: true)
    screen.elapsed = 3723.4
    screen.status.sent = 37234
    screen.status.answered = 37230
    screen.status.latency = .microseconds(1440)
    screen.status.link = .waiting(
      reason: "no server at ws://127.0.0.1:8000/api/audio/ws: connection refused", seconds: 4)
    screen.source = "default · 48000 Hz, 2 ch, S16_LE → 16000 Hz, 1 ch, s16le"
    screen.status.troubles = ["2 overruns", "1 gap", "0.31 s lost"]
    screen.status.caption.text = "日本語のとても長いテキスト and English, مرحبا بالعالم, and 👩‍👩‍👧 at the end of it all"
    return screen
  }

  @Test func `every line fits every width, in both alphabets, with all there is to show`() {
    for glyphs in [Glyphs.blocks, .ascii] {
      for progress in [nil, ProgressBar(title: "長い名前.wav", position: 12, total: 25, elapsed: 11, glyphs: glyphs)] {
        var screen = busy
        screen.glyphs = glyphs
        screen.progress = progress
        for width in 1...300 {
          let lines = screen.lines(width: width)
          #expect(lines.allSatisfy { $0.width <= width })
          #expect(lines.count <= 6)
        }
      }
    }
  }

  @Test func `a lost connection and the backlog are shown`() {
    var screen = busy
    screen.status.link = .lost(reason: "cut", spooled: 12.4, seconds: 2)
    #expect(
      screen.lines(width: 80).map(\.text).contains("connection lost, 12.4 s buffered, retrying in 2 s: cut"))
    screen.status.link = .connected
    screen.status.backlog = .init(seconds: 8.1)
    #expect(screen.lines(width: 80).map(\.text).contains("catching up, 8.1 s behind"))
    #expect(screen.logLine.hasSuffix("1.4 ms, 8.1 s behind, 2 overruns, 1 gap, 0.31 s lost"))
    screen.status.backlog?.outlook = "level in 6 s"
    #expect(screen.delay == "8.1 s behind: level in 6 s")
    screen.status.backlog = nil
    #expect(screen.delay == nil)
  }

  @Test func `80 columns show everything`() {
    var screen = busy
    screen.status.link = .connected
    screen.status.troubles = []
    screen.status.caption.text = ""
    #expect(
      screen.lines(width: 80).map(\.text)
        == [
          "-23.4 dBFS ▕██████████████████████████████▌             │     ▏  peak  -6.1 CLIP",
          "1:02:03.4  37234 sent  37230 answered  1.4 ms  connected",
          "default · 48000 Hz, 2 ch, S16_LE → 16000 Hz, 1 ch, s16le",
        ])
  }

  @Test func `the partial is first, dim, marked and cut at its beginning; a final text is not`() {
    var screen = busy
    screen.status.caption.text = "one two three four five six seven"
    var dim = StyledLine("› ", .dim)
    dim.append("…e four five six seven", .dim)
    #expect(screen.lines(width: 24)[0] == dim)
    screen.status.caption.stableWords = 5
    var bright = StyledLine("› ", .dim)
    bright.append("…e four five ")
    bright.append("six seven", .dim)
    #expect(screen.lines(width: 24)[0] == bright)
    screen.status.caption.isFinal = true
    screen.status.caption.text = "one"
    #expect(screen.lines(width: 24)[0] == StyledLine("one"))
    screen.status.caption.text = "שלום"
    #expect(screen.lines(width: 24)[0].text == "\u{2068}שלום\u{2069}")
    screen.status.caption.text = ""
    #expect(screen.lines(width: 80)[0].text.hasPrefix("-23.4 dBFS"))
  }

  @Test func `20 columns keep level, bar, time and counts`() {
    var screen = busy
    screen.elapsed = 12.3
    screen.status.sent = 123
    screen.status.answered = 122
    let lines = screen.lines(width: 20).map(\.text)
    #expect(lines[1].hasPrefix("-23.4 ▕"))
    #expect(lines[1].hasSuffix(" CLIP"))
    #expect(lines[2] == "0:12.3  122/123")
  }

  @Test func `without audio the bar is empty`() {
    let line = MeterBar(reading: Meter.Reading(), glyphs: .ascii).line(width: 40)
    #expect(line.text.hasPrefix(" -inf dBFS ["))
    #expect(!line.text.contains("#"))
    #expect(line.width == 40)
  }

  @Test func `a full scale level fills the bar to its end`() {
    let reading = Meter.Reading(level: 0, peak: 0, isClipping: true)
    #expect(MeterBar(reading: reading, glyphs: .ascii).line(width: 30).text == "  0.0 [#################] CLIP")
  }

  @Test func `a log line has the same figures`() {
    var screen = busy
    screen.progress = ProgressBar(title: "a", position: 1, total: 90, elapsed: 1, glyphs: .ascii)
    #expect(
      screen.logLine == "1:02:03.4 of 1:30.0, -23.4 dBFS, peak -6.1 CLIP, 37234 sent, 37230 answered, 1.4 ms, "
        + "2 overruns, 1 gap, 0.31 s lost")
  }
}

struct FilesScreenTests {
  private func file(_ name: String, _ position: Double) -> StreamScreen {
    var screen = StreamScreen()
    screen.status.link = .connected
    screen.elapsed = position
    screen.progress = ProgressBar(title: name, position: position, total: 60, elapsed: 2, glyphs: .ascii)
    return screen
  }

  @Test func `each running file has a line, and their sum has one`() {
    var screen = FilesScreen(count: 5, glyphs: .ascii)
    screen.done = 1
    screen.finished(seconds: 40)
    screen.began(at: .seconds(1))
    screen.now = .seconds(3)
    screen.running = [file("one.wav", 30), file("two.wav", 12)]
    let lines = screen.lines(width: 60).map(\.text)
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("one.wav ["))
    #expect(lines[1].contains("20 %"))
    #expect(lines[2] == "1 of 5 files  2 running  1:22 sent  41x")
  }

  @Test func `files without room are counted, and no line is too wide`() {
    var screen = FilesScreen(count: 100, glyphs: .blocks)
    screen.running = (0..<40).map { file("a long name \($0).wav", Double($0)) }
    screen.running[3].status.link = .waiting(reason: "no server at ws://127.0.0.1:8000/api/audio/ws", seconds: 3)
    for width in 1...200 {
      let lines = screen.lines(width: width)
      #expect(lines.count == 8)
      #expect(lines.allSatisfy { $0.width <= width })
    }
    #expect(screen.lines(width: 80)[6].text == "and 34 more")
  }
}

struct ProgressBarTests {
  @Test func `percentage, position, remaining time and rate`() {
    let bar = ProgressBar(title: "speech.wav", position: 12.5, total: 25, elapsed: 6.25, glyphs: .ascii)
    #expect(bar.line(width: 70).text == "speech.wav [############           ]  50 %  0:12/0:25  0:07 left  2.0x")
    #expect(bar.line(width: 20).text == "[######      ]  50 %")
  }

  @Test func `nothing sent, nothing to send, and everything sent`() {
    for (position, total) in [(0.0, 10.0), (0, 0), (10, 10), (11, 10)] {
      for width in 1...120 {
        let bar = ProgressBar(title: "x", position: position, total: total, elapsed: 3, glyphs: .blocks)
        #expect(bar.line(width: width).width <= width)
      }
    }
    #expect(
      ProgressBar(title: "", position: 0, total: 0, elapsed: 0, glyphs: .ascii).line(width: 30).text.contains("100 %"))
  }

  @Test func `without a length, or beyond an estimate, there is neither a part nor a remaining time`() {
    for total in [nil, 5.0] {
      let bar = ProgressBar(title: "radio.mp3", position: 12.5, total: total, elapsed: 6.25, glyphs: .ascii)
      #expect(bar.line(width: 60).text == "radio.mp3 0:12  2.0x")
    }
  }
}

struct TerminalBlockTests {
  /// Wrapping off, and on again.
  private let off = "\u{1B}[?7l"
  private let on = "\u{1B}[?7h"

  @Test func `the first draw writes the lines and rests on the last one`() {
    var block = TerminalBlock(color: false)
    #expect(block.draw([StyledLine("a"), StyledLine("b")], width: 10, wasResized: false) == "\(off)a\r\nb\r\(on)")
    #expect(block.draw([StyledLine("a"), StyledLine("b")], width: 10, wasResized: false) == "")
  }

  @Test func `only changed lines are written again`() {
    var block = TerminalBlock(color: false)
    _ = block.draw([StyledLine("a"), StyledLine("b")], width: 10, wasResized: false)
    #expect(
      block.draw([StyledLine("a"), StyledLine("c")], width: 10, wasResized: false)
        == "\(off)\u{1B}[1A\r\nc\u{1B}[K\r\(on)")
  }

  @Test func `a different number of lines redraws the block from its first line`() {
    var block = TerminalBlock(color: false)
    _ = block.draw([StyledLine("a"), StyledLine("b")], width: 10, wasResized: false)
    #expect(block.draw([StyledLine("x")], width: 10, wasResized: false) == "\r\u{1B}[1A\u{1B}[J\(off)x\r\(on)")
    #expect(block.erase(width: 10) == "\r\u{1B}[J")
    #expect(block.erase(width: 10) == "")
  }

  @Test func `after narrowing, the lines wrapped by the terminal are erased, too`() {
    var block = TerminalBlock(color: false)
    let long = StyledLine(String(repeating: "x", count: 25))
    _ = block.draw([long, long, StyledLine("y")], width: 30, wasResized: false)
    #expect(block.draw([StyledLine("z")], width: 10, wasResized: true) == "\r\u{1B}[6A\u{1B}[J\(off)z\r\(on)")
  }
}

struct TerminalTraitsTests {
  private func traits(_ isTerminal: Bool, _ variables: [String: String]) -> TerminalTraits {
    TerminalTraits(isTerminal: isTerminal) { variables[$0] }
  }

  @Test func `a dumb terminal, an unknown one and a pipe get plain lines`() {
    #expect(traits(true, ["TERM": "xterm"]).isLive)
    #expect(!traits(true, ["TERM": "dumb"]).isLive)
    #expect(!traits(true, [:]).isLive)
    #expect(!traits(false, ["TERM": "xterm"]).isLive)
  }

  @Test func `NO_COLOR removes the colors and nothing else`() {
    #expect(traits(true, ["TERM": "xterm"]).hasColor)
    #expect(traits(true, ["TERM": "xterm", "NO_COLOR": ""]).hasColor)
    #expect(!traits(true, ["TERM": "xterm", "NO_COLOR": "1"]).hasColor)
    #expect(traits(true, ["TERM": "xterm", "NO_COLOR": "1"]).isLive)
    #expect(!traits(false, ["TERM": "xterm"]).hasColor)
  }

  @Test func `block elements need a UTF-8 locale, and the first variable that is set counts`() {
    #expect(traits(true, ["TERM": "x", "LANG": "de_DE.UTF-8"]).glyphs == .blocks)
    #expect(traits(true, ["TERM": "x", "LC_ALL": "C", "LANG": "de_DE.UTF-8"]).glyphs == .ascii)
    #expect(traits(true, ["TERM": "x", "LC_ALL": "", "LC_CTYPE": "C.utf8"]).glyphs == .blocks)
    #expect(traits(true, ["TERM": "x"]).glyphs == .ascii)
  }
}
