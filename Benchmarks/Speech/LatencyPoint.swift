internal import Scoring

/// From speech to the client's screen, in real time.
enum LatencyPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Latency (latency)")
    let service = try await ServiceUnderTest(model: options.model)
    // Chunks and decodings fall differently on the words each time.
    let leads = options.isQuick ? [0.3] : [0.3, 0.43, 0.56]
    var rows: [(name: String, delays: WordDelays)] = []
    rows.append(("one stream", try delays(service, leads, together: 1)))
    if !options.isQuick {
      rows.append(("three streams", try delays(service, leads, together: 3)))
      rows.append(
        ("one, chunks of 20 ms", try delays(service, Array(leads.prefix(2)), together: 1, chunkSeconds: 0.02)))
    }
    try await service.stop()

    report.table(
      ["seconds from … to …", "streams", "n", "p50", "p95", "most", "≤ 0.7 s", "≤ 1 s"],
      rows.flatMap { name, delays in
        delays.all.map { what, values in
          let spread = Spread(values)
          return [
            what, name, "\(spread.count)", spread.median.fixed(2), spread.percentile(95).fixed(2),
            spread.greatest.fixed(2), share(spread, 0.7), share(spread, 1),
          ]
        }
      })
    for (name, delays) in rows {
      report.say(
        "\(name): \(delays.utterances) utterances, \(delays.looks) partials shown, \(delays.tooMany) utterances with more than "
          + "one each 0.5 s; \(delays.flickers) stable words changed by a partial, \(delays.corrections) of "
          + "\(delays.words) words by the final; \(delays.skippedPartials) partials skipped, \(delays.erased) utterances taken back."
      )
    }
    let delays = rows[0].delays
    report.judge("end of an utterance to its final, p50, s", Spread(delays.finals).median, atMost: 1)
    report.judge("end of an utterance to its final, p95, s", Spread(delays.finals).percentile(95), atMost: 1)
    report.judge(
      "speech begins to its first word, p50, s", Spread(delays.firsts).median,
      atMost: options.model == "whisper-base" ? 1 : 0.6)
    report.judge("word said to word in a partial, p50, s", Spread(delays.itself).median, atMost: 0.7)
    report.judge("word said to a word in its place, p95, s", Spread(delays.some).percentile(95), atMost: 0.7)
    report.judge(
      "stable words that flickered", Double(rows.reduce(0) { $0 + $1.delays.flickers }), atMost: 0, digits: 0)
    report.judge(
      "utterances with more partials than one each 0.5 s", Double(rows.reduce(0) { $0 + $1.delays.tooMany }), atMost: 0,
      digits: 0)
  }

  private static func share(_ spread: Spread, _ limit: Double) -> String {
    spread.share(upTo: limit).map { "\($0.fixed(0)) %" } ?? "–"
  }

  /// Plays all recordings once for each lead, this many streams at a time.
  private static func delays(
    _ service: ServiceUnderTest, _ leads: [Double], together: Int, chunkSeconds: Double = 0.1
  ) throws -> WordDelays {
    var delays = WordDelays()
    for first in stride(from: 0, to: leads.count, by: together) {
      let joined = try leads[first..<min(first + together, leads.count)].map {
        try JoinedRecordings(pause: 1.2, lead: $0)
      }
      let plans = joined.map {
        StreamPlan(name: "live", sound: $0.sound, pace: .live, chunkSeconds: chunkSeconds)
      }
      for (record, joined) in zip(try service.play(plans), joined) { delays.add(record, said: joined.words) }
    }
    return delays
  }
}
