import Platform
import Support
import Testing

@testable import Subtitles

struct CueTextTests {
  @Test func `a short text is one line, a longer one is two of similar length`() {
    #expect(CueText.split("Hello there.", columns: 42, lines: 2) == [["Hello there."]])
    #expect(
      CueText.split("It was the best of times, it was the worst of times,", columns: 42, lines: 2)
        == [["It was the best of times,", "it was the worst of times,"]])
    #expect(CueText.split("  \n ", columns: 42, lines: 2).isEmpty)
  }

  @Test func `lines break after a sentence or a clause, and not after the first word of the next`() {
    func lines(_ text: String) -> [String] { CueText.split(text, columns: 42, lines: 2).first ?? [] }
    #expect(
      lines("It was a long time ago. It was in another town.") == [
        "It was a long time ago.", "It was in another town.",
      ])
    #expect(lines("Nobody knew the reason. He left.") == ["Nobody knew the reason. He left."])
    #expect(
      lines("Nobody in this house knew the reason. He had left.")
        == ["Nobody in this house knew the reason.", "He had left."])
    #expect(
      lines("When the rain had stopped, we went out of the house") == [
        "When the rain had stopped,", "we went out of the house",
      ])
  }

  @Test(arguments: Seed.fresh) func `a line ends with a sentence's first word only if no other break fits`(_ seed: Seed)
  {
    var random = seed.random
    for _ in 0..<500 {
      let words = (0..<Int.random(in: 4...14, using: &random)).map { _ in
        String(repeating: "a", count: Int.random(in: 1...9, using: &random))
          + (Int.random(in: 0..<5, using: &random) == 0 ? "." : "")
      }
      for piece in CueText.split(words.joined(separator: " "), columns: 42, lines: 2) where piece.count == 2 {
        let first = piece[0].split(separator: " ")
        guard first.count > 1, first[first.count - 2].hasSuffix("."), !first[first.count - 1].hasSuffix(".") else {
          continue
        }
        // Breaking before that word would have made the second line too long or the first very short.
        let shorter = first.dropLast().joined(separator: " ")
        let longer = "\(first[first.count - 1]) \(piece[1])"
        #expect(longer.count > 42 || shorter.count < longer.count / 3, "\(piece)")
      }
    }
  }

  @Test func `a long text is split after a sentence if possible, else after a clause`() {
    let pieces = CueText.split(
      "This is a first sentence that takes its time. And this is a second one that is as long as the first, or longer.",
      columns: 42, lines: 2)
    #expect(pieces.count == 2)
    #expect(pieces[0].joined(separator: " ") == "This is a first sentence that takes its time.")
    let parts = CueText.split(
      "There is no end to this sentence at all here, it goes on and on and on without stopping anywhere at any time",
      columns: 42, lines: 2)
    #expect(parts[0].joined(separator: " ") == "There is no end to this sentence at all here,")
  }

  @Test(arguments: [
    "the quick brown fox jumps over the lazy dog and then it does so again and again until everybody is asleep",
    "日本語の文には空白がありませんので、どこでも切ることができますが、一行に入るのは二十一文字だけです。そして次の行へ続きます。",
    "كان يا ما كان في قديم الزمان وسالف العصر والأوان ملك عظيم يحكم بلادا واسعة ولا يرد له أمر في البلاد",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ist ein Wort, sagt man",
    "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
  ])
  func `no line is too wide or empty, and no character is lost`(text: String) {
    for columns in 2...60 {
      let pieces = CueText.split(text, columns: columns, lines: 2)
      for piece in pieces {
        #expect((1...2).contains(piece.count))
        #expect(piece.allSatisfy { !$0.isEmpty && TextCells.width(of: $0) <= columns })
      }
      #expect(pieces.joined().joined().filter { $0 != " " } == text.filter { $0 != " " })
    }
  }
}

struct CueTests {
  private let long = String(repeating: "eleven abcd ", count: 21)

  @Test func `a caption that fits is one cue with its own time`() {
    #expect(
      Cue.cues("Hello.", from: 0.35, to: 3.1, notBefore: 0) == [Cue(start: 350, end: 3100, lines: ["Hello."])])
  }

  @Test func `a long caption's time is divided by characters without a gap`() {
    let cues = Cue.cues(long, from: 10, to: 22, notBefore: 0)
    #expect(cues.count == 3)
    #expect(cues[0].start == 10_000)
    #expect(cues[2].end == 22_000)
    #expect((cues[0].end, cues[1].end) == (cues[1].start, cues[2].start))
    let counts = cues.map { $0.lines.reduce(0) { $0 + $1.count } }
    #expect(abs(Double(cues[0].end - 10_000) / 12_000 - Double(counts[0]) / Double(counts.reduce(0, +))) < 0.001)
  }

  @Test func `cues never overlap and are never empty, whatever the times`() {
    var earliest = 0
    for (start, end) in [(0.0, 1.0), (0.5, 0.7), (0.9, 2), (2, 2), (2, 1), (5, 5.001)] {
      for cue in Cue.cues(long, from: start, to: end, notBefore: earliest) {
        #expect(cue.start >= earliest)
        #expect(cue.end > cue.start)
        earliest = cue.end
      }
    }
  }
}

struct SubtitleWriterTests {
  private func twoTexts(_ writer: inout SubtitleWriter) -> String {
    writer.text("Cats & dogs <i>run</i> --> home.", from: 0.35, to: 3.1)
      + writer.text("Later.", from: 3725.25, to: 3726)
  }

  @Test func `SubRip cues are numbered, with commas in their times and a blank line after each`() {
    var writer = SubtitleWriter(.subRip)
    #expect(writer.header == "")
    let text = twoTexts(&writer)
    #expect(
      text == """
        1
        00:00:00,350 --> 00:00:03,100
        Cats & dogs <i>run</i> → home.

        2
        01:02:05,250 --> 01:02:06,000
        Later.


        """)
  }

  @Test func `WebVTT has its header, points in its times, and escaped text`() {
    var writer = SubtitleWriter(.webVTT)
    let text = writer.header + twoTexts(&writer)
    #expect(
      text == """
        WEBVTT

        00:00:00.350 --> 00:00:03.100
        Cats &amp; dogs &lt;i&gt;run&lt;/i&gt; --&gt; home.

        01:02:05.250 --> 01:02:06.000
        Later.


        """)
  }

  @Test func `a mark is a comment in WebVTT, and nothing in SubRip, which has none`() {
    #expect(SubtitleWriter(.webVTT).note("mark 1 at 00:12.3") == "NOTE mark 1 at 00:12.3\n\n")
    #expect(SubtitleWriter(.subRip).note("mark 1 at 00:12.3") == "")
  }

  @Test func `blank lines in a text do not end its cue`() {
    for kind in [SubtitleWriter.Kind.subRip, .webVTT] {
      var writer = SubtitleWriter(kind)
      let text = writer.text("a\n\n\nb\r\n\u{2028}c", from: 0, to: 1)
      #expect(text.hasSuffix("a b c\n\n"))
    }
  }
}
