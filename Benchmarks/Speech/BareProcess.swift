internal import Glibc
internal import JSON
internal import Recognition
internal import Support

/// The engine alone in a process of its own, measured as the service's processes are. The process is this program
/// again.
enum BareProcess {
  static func run(_ scenario: Scenario, model: String?, hasPartials: Bool = true) async throws -> Run {
    let flags =
      ["--bare", scenario.description] + (model.map { ["--model", $0] } ?? [])
      + (hasPartials ? [] : ["--finals-only"])
    let program = try await Program.run(
      "SpeechBenchmark", flags, environment: ["AUDIO_SPEECH_HOME": SpeechRecording.folder], within: .seconds(3600))
    guard program.end == .status(0), let run = parse(program.standardOutput.text, scenario) else {
      throw TestFailure(
        "the engine alone ended with \(program.end.map { "\($0)" } ?? "")\n\(program.standardError.text)")
    }
    return run
  }

  /// What that process does: plays, and says as JSON what came of it.
  static func main(_ scenario: Scenario, model: String?, hasPartials: Bool) throws {
    let run = try BareEngine(model: model, hasPartials: hasPartials).run(scenario)
    func number(_ value: Double) -> JSONValue { .number("\(value)") }
    func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
      .object(members.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }
    let records = run.records.map { record in
      let finals = record.finals.map { told in
        object([
          "segment": number(Double(told.segment.number)), "start": number(told.segment.start),
          "end": number(told.segment.end), "text": .string(told.segment.text), "at": number(told.at),
        ])
      }
      return object([
        "name": .string(record.name), "seconds": number(record.seconds), "changes": number(Double(record.changes)),
        "skipped_partials": number(Double(record.skippedPartials)), "finals": .array(finals),
      ])
    }
    print(object(["cpu": number(run.cpuSeconds), "wall": number(run.wallSeconds), "records": .array(records)]).text)
  }

  private static func parse(_ text: String, _ scenario: Scenario) -> Run? {
    guard let value = try? JSONValue(parsing: text), let cpu = value["cpu"]?.double, let wall = value["wall"]?.double
    else { return nil }
    let records = value["records"]?.array?.compactMap { value -> StreamRecord? in
      guard let name = value["name"]?.string, let seconds = value["seconds"]?.double,
        let changes = value["changes"]?.double, let skippedPartials = value["skipped_partials"]?.double
      else { return nil }
      return StreamRecord(
        name: name, seconds: seconds, finals: value["finals"]?.array?.compactMap(told) ?? [], changes: Int(changes),
        skippedPartials: Int(skippedPartials))
    }
    return Run(records: records ?? [], cpuSeconds: cpu, wallSeconds: wall)
  }

  private static func told(_ value: JSONValue) -> StreamRecord.Told? {
    guard let segment = value["segment"]?.double, let start = value["start"]?.double, let end = value["end"]?.double,
      let text = value["text"]?.string, let at = value["at"]?.double
    else { return nil }
    return StreamRecord.Told(segment: Segment(number: Int(segment), start: start, end: end, text: text), at: at)
  }
}
