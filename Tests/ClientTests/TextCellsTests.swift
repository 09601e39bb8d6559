import Platform
import Testing

@testable import Client

struct TextCellsTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｶﾅ", 2), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
    ("🎙️", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("👍🏽", 4), ("مرحبا", 5), ("ก็", 1), ("a\u{200B}b", 2), ("…█▏", 3), ("\u{1B}", 0),
    ("\u{2068}שלום\u{2069}", 4), ("क्\u{200D}ष", 2), ("می\u{200C}خواهم", 7), ("👨🏽‍🚀", 2),
  ])
  func `cells are the width of text on a terminal`(text: String, cells: Int) {
    #expect(TextCells.width(of: text) == cells)
  }

  @Test func `a cut never splits a character and is never too wide`() {
    for text in ["hello world", "日本語テキスト", "e\u{301}e\u{301}e\u{301}e\u{301}", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", "مرحبا بالعالم", "a日b本c"] {
      for cells in 0...16 {
        for cut in [TextCells.cut(text, to: cells), TextCells.cutFront(text, to: cells)] {
          #expect(TextCells.width(of: cut) <= cells)
          #expect(cut.filter { $0 != "…" }.allSatisfy { text.contains($0) })
          if TextCells.width(of: text) <= cells { #expect(cut == text) }
        }
      }
    }
    #expect(TextCells.cut("hello world", to: 6) == "hello…")
    #expect(TextCells.cutFront("hello world", to: 6) == "…world")
    #expect(TextCells.cut("日本語", to: 4) == "日…")
  }

  @Test func `lines are broken at spaces, or anywhere if there are none`() {
    #expect(TextCells.wrap("the quick brown fox", to: 10) == ["the quick", "brown fox"])
    #expect(TextCells.wrap("abcdefghij", to: 4) == ["abcd", "efgh", "ij"])
    #expect(TextCells.wrap("日本語", to: 5) == ["日本", "語"])
    #expect(TextCells.wrap("", to: 5) == [""])
    #expect(
      TextCells.wrap("0:01.0  one two three four five six", to: 28, indent: 8)
        == ["0:01.0  one two three four", "        five six"])
    #expect(TextCells.wrap("0:01.0  one two three four", to: 12, indent: 8).allSatisfy { $0.count <= 12 })
  }

  @Test func `no wrapped line is too wide, and no word is lost`() {
    let text = "mock transcription for client 1882697350774799 msg#64 (binary 3200 bytes) 日本語テキスト"
    for cells in 2...100 {
      let lines = TextCells.wrap(text, to: cells, indent: 4)
      #expect(lines.allSatisfy { TextCells.width(of: $0) <= cells })
      #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
    }
  }

  @Test func `control sequences are removed`() {
    #expect(TextCells.plain("a\u{1B}[2Jb\nc\td\u{7}\u{9B}e") == "a[2Jb c de")
    #expect(TextCells.plain("x\u{202E}y\u{2066}z") == "xyz")
    #expect(TextCells.plain("a\u{200F}b\u{61C}c\u{AD}d") == "abcd")
    #expect(TextCells.plain("مرحبا 日本 👩‍👩‍👧") == "مرحبا 日本 👩‍👩‍👧")
  }
}

struct IsolationTests {
  @Test func `right-to-left text is isolated, so that text beside it stays in place`() {
    #expect(TextCells.isolated("مرحبا 1–2 (x)") == "\u{2068}مرحبا 1–2 (x)\u{2069}")
    #expect(TextCells.isolated("שלום").unicodeScalars.first?.value == 0x2068)
    for text in ["", "hello", "日本語", "é 🎙️"] { #expect(TextCells.isolated(text) == text) }
  }

  @Test func `each line of a result is isolated, below its head`() {
    let lines = StreamOutput.lines("[00:00.00–00:01.00] ", "אבג דהו זחט יכל מנס עפצ קרש תאב", width: 50)
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("[00:00.00–00:01.00] \u{2068}אבג"))
    #expect(lines[1].hasPrefix(String(repeating: " ", count: 20) + "\u{2068}"))
    for line in lines {
      #expect(TextCells.width(of: line) <= 50)
      #expect(line.hasSuffix("\u{2069}"))
    }
  }

  @Test func `without room beside the head the text goes below it`() {
    #expect(
      StreamOutput.lines("[00:00.00–00:01.00] ", "one two three four", width: 24)
        == ["[00:00.00–00:01.00] one", "two three four"])
  }
}

struct StyledLineTests {
  @Test func `a cut line keeps the colors of its parts`() {
    var line = StyledLine("abc")
    line.append("defg", .good)
    line.append("hi", .alarm)
    #expect(line.width == 9)
    #expect(line.cut(to: 9, ellipsis: "…") == line)
    #expect(line.cut(to: 6, ellipsis: "…").rendered(color: true) == "abc\u{1B}[32mde…\u{1B}[0m")
    for cells in 0...9 { #expect(line.cut(to: cells, ellipsis: "…").width <= cells) }
    for cells in 0...8 { #expect(line.cut(to: cells, ellipsis: "...").width <= cells) }
  }

  @Test func `without colors there are no escape sequences`() {
    #expect(StyledLine("a", .alarm).rendered(color: false) == "a")
  }
}
