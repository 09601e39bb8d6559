internal import Recognition
internal import Scoring
internal import Support

/// How long after they were said words were shown and utterances final. When a word is said is known from forced
/// alignment.
struct WordDelays {
  /// From a word's end to the first partial with any word in its place.
  private(set) var some: [Double] = []
  /// From a word's end to the first text of the utterance, partial or final, from which on it stands as in the final.
  private(set) var itself: [Double] = []
  /// From the beginning of an utterance's first word to the first text of it.
  private(set) var firsts: [Double] = []
  /// From the end of an utterance's last word to its final.
  private(set) var finals: [Double] = []
  /// The same if the speaker continued within half a second: it was split because of its length.
  private(set) var cuts: [Double] = []
  /// From the segment's `end`, which has up to 0.2 s after the word, to its final.
  private(set) var ends: [Double] = []
  private(set) var utterances = 0
  private(set) var words = 0
  private(set) var looks = 0
  private(set) var tooMany = 0
  private(set) var flickers = 0
  private(set) var corrections = 0
  private(set) var skippedPartials = 0
  private(set) var erased = 0

  var all: [(String, [Double])] {
    [
      ("speech begins → first word", firsts), ("word's end → some word in its place", some),
      ("word's end → the word itself, to stay", itself),
      ("utterance's end → final", finals), ("cut amid speech → final", cuts), ("segment's `end` → final", ends),
    ]
  }

  mutating func add(_ record: StreamRecord, said: [SpeechRecording.Word]) {
    skippedPartials += record.skippedPartials
    erased += record.erased
    for told in record.finals {
      let segment = told.segment
      let inside = said.indices.filter { (segment.start..<segment.end).contains((said[$0].start + said[$0].end) / 2) }
      guard let last = inside.last else { continue }
      let isCut = last + 1 < said.count && said[last + 1].start - said[last].end < 0.5
      if isCut { cuts.append(told.at - said[last].end) } else { finals.append(told.at - said[last].end) }
      ends.append(told.lateness)
      firsts.append((record.shown[segment.number]?.first ?? told.at) - said[inside[0]].start)
      add(told, record.shown[segment.number] ?? ShownWords(), said: inside.map { said[$0] })
    }
  }

  private mutating func add(_ told: StreamRecord.Told, _ shown: ShownWords, said: [SpeechRecording.Word]) {
    utterances += 1
    looks += shown.count
    // Plus or minus the length of a chunk.
    if Double(shown.count) > (told.segment.end - told.segment.start + 0.1) / 0.5 + 1 { tooMany += 1 }
    flickers += shown.flickers
    corrections += shown.corrections(by: told.segment.text)
    let heard = ScoredWords.words(in: told.segment.text)
    words += heard.count
    let debuts = shown.debuts(of: heard)
    for pair in WordAlignment(heard: heard, said: said.map(\.word)).pairs where pair.isSame {
      guard let index = pair.heard, let counterpart = pair.said else { continue }
      let end = said[counterpart].end
      some.append((debuts[index].some ?? told.at) - end)
      itself.append((debuts[index].itself ?? told.at) - end)
    }
  }
}
