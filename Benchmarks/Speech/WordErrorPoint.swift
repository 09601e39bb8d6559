internal import Scoring
internal import Support

/// How many words are wrong, and whether the service changes any, fast or live.
enum WordErrorPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Word errors (wer)")
    let bare = try await BareProcess.run(.recordings, model: options.model).records
    let service = try await ServiceUnderTest(model: options.model)
    let fast = try Scenario.recordings(.fast).flatMap { try service.play([$0]) }
    let live = try service.play(Scenario.recordings(.live))
    try await service.stop()

    var sums = [WordErrors](repeating: WordErrors(), count: 2)
    var same = 0
    var rows: [[String]] = []
    for (index, recording) in SpeechRecording.all.enumerated() {
      let errors = [bare, fast, live].map { WordErrors($0[index].text, said: recording.said) }
      let isSame = bare[index].segments == fast[index].segments && bare[index].segments == live[index].segments
      same += isSame ? 1 : 0
      let set = index < SpeechRecording.testdata.count ? 0 : 1
      // The worst of the three; if they differ, it is reported.
      sums[set] = sums[set] + (errors.max { $0.errors < $1.errors } ?? WordErrors())
      rows.append(
        [recording.label, bare[index].seconds.fixed(1), "\(errors[0].words)"] + errors.map { "\($0.errors)" }
          + [isSame ? "same" : "OTHER"])
      if !isSame {
        report.say(
          "\(recording.label)\n  \(bare[index].segments)\n  \(fast[index].segments)\n  \(live[index].segments)")
      }
    }
    report.table(["recording", "seconds", "words", "engine alone", "service, fast", "service, live", "segments"], rows)
    for (name, sum) in zip(["pocketsphinx-testdata", "two_cities and beckett"], sums) {
      report.say(
        "\(name): \(sum.errors) of \(sum.words) words wrong (\(sum.replaced) replaced, \(sum.missing) missing, "
          + "\(sum.added) added), \((100 * sum.rate).fixed(1)) %")
    }
    report.judge("word errors, pocketsphinx-testdata", 100 * sums[0].rate, atMost: 5, digits: 1, unit: " %")
    report.judge("word errors, two_cities and beckett", 100 * sums[1].rate, atMost: 6, digits: 1, unit: " %")
    report.judge(
      "segments of the service as of the engine alone", isSo: same == rows.count, "\(same) of \(rows.count) recordings")
  }
}
