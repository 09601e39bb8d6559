internal import Scoring
internal import Support

/// Words in recordings that are quieter and quieter.
enum LevelPoint {
  /// Of each recording as a whole, in dBFS.
  static let levels = [-20.0, -30, -40, -50, -60]

  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Quiet recordings (levels)")
    let service = try await ServiceUnderTest(model: options.model)
    var rates: [Double] = []
    var rows: [[String]] = []
    for level in levels {
      let plans = try SpeechRecording.all.map { recording in
        StreamPlan(name: recording.label, sound: try .speech(recording, level: level), pace: .fast)
      }
      let records = try plans.flatMap { try service.play([$0]) }
      let sum = zip(records, SpeechRecording.all).reduce(WordErrors()) {
        $0 + WordErrors($1.0.text, said: $1.1.said)
      }
      rates.append(100 * sum.rate)
      rows.append([
        "\(level.fixed(0)) dBFS", "\(sum.words)", "\(sum.replaced)", "\(sum.missing)", "\(sum.added)",
        "\((100 * sum.rate).fixed(1)) %",
      ])
    }
    try await service.stop()
    report.table(["rms of the recording", "words", "replaced", "missing", "added", "wrong"], rows)
    report.judge("points more at -50 than at -20 dBFS", rates[3] - rates[0], atMost: 3, digits: 1)
    report.judge("points more at -60 than at -20 dBFS", rates[4] - rates[0], atMost: 10, digits: 1)
  }
}
