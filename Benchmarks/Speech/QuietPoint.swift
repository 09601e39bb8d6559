internal import Recognition
internal import Scoring

/// Words where nobody speaks, and what is left of words that are cut off.
enum QuietPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Nobody speaks, or too loud (quiet)")
    let seconds = Double(options.quietMinutes * 60)
    let service = try await ServiceUnderTest()
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
    let said = [String](repeating: clipped.said, count: clipped.rounds).joined(separator: " ")
    let errors = WordErrors(record.text, said: said)
    report.say(
      "Speech amplified 30 times and clipped, \((record.seconds / 60).fixed(1)) minutes: of \(errors.words) words "
        + "\(errors.replaced) replaced, \(errors.missing) missing, \(errors.added) added, \((100 * errors.rate).fixed(1)) %."
    )
    for (name, _) in sounds.dropLast() {
      report.judge("words in \(name)", invented[name].map(Double.init), atMost: 0, digits: 0)
    }
    report.judge("the workers live on after all of it", isSo: true, "no crash")
  }
}
