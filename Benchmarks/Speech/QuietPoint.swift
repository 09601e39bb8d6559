internal import Recognition
internal import Scoring
internal import Support

/// Words where nobody speaks, and words in clipped speech.
enum QuietPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Nobody speaks, or too loud (quiet)")
    let seconds = Double(options.quietMinutes * 60)
    let service = try await ServiceUnderTest(model: options.model)
    let clipped = try Sound.clippedSpeech(seconds: seconds)
    let sounds = [
      ("digital silence", Sound.silence(seconds: seconds)),
      ("white noise, -60 dBFS peak", .noise(seconds: seconds, amplitude: 0.001)),
      ("white noise, -26 dBFS peak", .noise(seconds: seconds, amplitude: 0.05)),
      ("white noise, -6 dBFS peak", .noise(seconds: seconds, amplitude: 0.5)),
      ("chords, bass and beat", .music(seconds: seconds)),
    ]
    var rows: [[String]] = []
    var invented: [String: Int] = [:]
    for (name, sound) in sounds {
      let record = try service.play([StreamPlan(name: name, sound: sound, pace: .fast)])[0]
      let words = ScoredWords.words(in: record.text)
      invented[name] = words.count + record.erased
      rows.append([
        name, (record.seconds / 60).fixed(1), "\(record.segments.count)", "\(words.count)", "\(record.erased)",
      ])
      for segment in record.segments.prefix(10) { report.say("\(name): \(segment.start.fixed(1)) s: \(segment.text)") }
    }
    report.table(["sound", "minutes", "segments", "words", "utterances shown and taken back"], rows)

    let record = try service.play([StreamPlan(name: "clipped", sound: clipped.sound, pace: .fast)])[0]
    try await service.stop()
    show(record, clipped: clipped.said, in: report)
    for (name, _) in sounds.dropLast() {
      report.judge("words in \(name)", invented[name].map(Double.init), atMost: 0, digits: 0)
    }
    report.judge("the workers live on after all of it", isSo: true, "no crash")
  }

  /// Whether words were invented, or recognized in place of others.
  private static func show(_ record: StreamRecord, clipped said: [SpeechRecording.Word], in report: Report) {
    let heard = ScoredWords.words(in: record.text)
    let alignment = WordAlignment(heard: heard, said: said.map(\.word))
    let errors = WordErrors(alignment)
    report.say(
      "Speech amplified 30 times and clipped, \((record.seconds / 60).fixed(1)) minutes: of \(errors.words) words "
        + "\(errors.replaced) replaced, \(errors.missing) missing, \(errors.added) added, \((100 * errors.rate).fixed(1)) %."
    )
    let added = alignment.pairs.filter { $0.said == nil }.compactMap { $0.heard.map { heard[$0] } }
    let counts = added.reduce(into: [:]) { $0[$1, default: 0] += 1 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    report.say("Added: \(counts.map { "\($0.key) \($0.value)" }.joined(separator: ", ")).")
    let empty = record.segments.filter { segment in
      !said.contains { segment.start < $0.end && $0.start < segment.end }
    }
    report.say("\(empty.count) of \(record.segments.count) utterances where nothing was said.")
    for segment in empty { report.say("\(segment.start.fixed(1)) s: \(segment.text)") }
  }
}
