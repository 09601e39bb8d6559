internal import Recognition
internal import Scoring
internal import Support

/// How steady the text is while it is spoken, and how the final texts are written.
enum RewritePoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Words rewritten on the screen (rewrites)")
    let joined = try JoinedRecordings(pause: 1.2, lead: 0.3)
    let service = try await ServiceUnderTest(model: options.model)
    let record = try service.play([StreamPlan(name: "live", sound: joined.sound, pace: .live)])[0]
    try await service.stop()

    var rewrites = ScreenRewrites()
    var marks = WrittenMarks()
    for told in record.finals {
      rewrites.add(shown: record.shown[told.segment.number]?.texts ?? [], final: told.segment.text)
      marks.add(told.segment.text)
    }
    let (words, partials) = (Double(max(1, rewrites.words)), rewrites.partials)
    report.table(
      ["words", "rewritten", "per word", "but for case and marks", "per word", "partials", "that end in a false stop"],
      [
        [
          "\(rewrites.words)", "\(rewrites.rewritten)", (Double(rewrites.rewritten) / words).fixed(2),
          "\(rewrites.reworded)", (Double(rewrites.reworded) / words).fixed(2), "\(partials)",
          "\(rewrites.falseStops)",
        ]
      ])
    let errors = WordErrors(record.text, said: joined.words.map(\.word).joined(separator: " "))
    report.say(
      "Final texts: \(errors.errors) of \(errors.words) words wrong, \(marks.doubled) doubled marks, \(marks.small) "
        + "sentences begin in lower case.")
    report.judge("words rewritten per word", Double(rewrites.rewritten) / words, atMost: 0.4)
    report.judge("partials that end in a false stop", Double(rewrites.falseStops), atMost: 0, digits: 0)
    report.judge("doubled marks in final texts", Double(marks.doubled), atMost: 0, digits: 0)
    report.judge("sentences that begin in lower case", Double(marks.small), atMost: 0, digits: 0)
  }
}
