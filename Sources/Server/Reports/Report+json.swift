import Dialects
import JSON
import Platform
import Recognition
import WorkerLink

extension Report {
  var json: String {
    var object = JSONObject()
    object.add("version", serviceVersion)
    object.add(
      "figures",
      .object(
        figures.map { .init(key: $0.name, value: $0.value) } + [
          .init(key: "cpu_seconds_total", value: .number(usage?.cpuSeconds)),
          .init(key: "resident_bytes", value: .number(usage?.residentBytes)),
          .init(
            key: "dialects", value: .object(counters.dialects.all.map { .init(key: $0.name, value: $0.count.json) })),
        ]))
    object.add(
      "refusals", .object(counters.refusals.byCause.map { .init(key: $0.cause.rawValue, value: .number($0.count)) }))
    object.add(
      "resume_refusals",
      .object(counters.refusals.byResumeCause.map { .init(key: $0.cause.rawValue, value: .number($0.count)) }))
    object.add(
      "latencies",
      .object(
        [.init(key: "bounds", value: .array(DelayHistogram.bounds.map { .number($0) }))]
          + counters.latencies.all.map { .init(key: $0.name, value: $0.delays.json) } + [
            .init(key: "decode_partial", value: counters.recognition.partialDecodings.json),
            .init(key: "decode_final", value: counters.recognition.finalDecodings.json),
          ]))
    object.add("workers", .array(workers.map(\.json)))
    object.add("engines", .array(engines.map(\.json)))
    object.add("sandbox", .array(sandbox.map(\.json)))
    object.add("ffmpeg_sandbox", .array(ffmpegSandbox.map(\.json)))
    return object.text
  }
}

extension Latencies {
  var all: [(name: String, help: String, delays: DelayHistogram)] {
    [
      ("ack", "From reading a chunk to writing its acknowledgement.", acknowledgement),
      ("answer", "From reading a chunk to its transcription.", answer),
      ("final", "From the end of an utterance of a live stream to its final text.", final),
    ]
  }
}

extension JSONValue {
  fileprivate static func number(_ value: Int?) -> JSONValue { value.map { .number("\($0)") } ?? .null }
  fileprivate static func number(_ value: Double?) -> JSONValue { value.map { .number("\($0)") } ?? .null }
}

extension DelayHistogram {
  fileprivate var json: JSONValue {
    .object([
      .init(key: "counts", value: .array(counts.map { .number($0) })), .init(key: "count", value: .number(count)),
      .init(key: "sum", value: .number(sum)),
    ])
  }
}

extension DialectCounters.Count {
  fileprivate var json: JSONValue {
    .object([.init(key: "streams", value: .number(streams)), .init(key: "errors", value: .number(errors))])
  }
}

extension Report.Worker {
  fileprivate var json: JSONValue {
    .object([
      .init(key: "worker", value: .number(number)), .init(key: "machine", value: machine.map { .string($0) } ?? .null),
      .init(key: "pid", value: .number(pid)), .init(key: "ready", value: .bool(isReady)),
      .init(key: "state", value: state.map { .string($0.rawValue) } ?? .null),
      .init(key: "streams", value: .number(streams)), .init(key: "queued_bytes", value: .number(queuedBytes)),
      .init(key: "backlog_seconds", value: .number(backlogSeconds)),
      .init(key: "heartbeat_seconds", value: .number(heartbeatSeconds)),
      .init(key: "copy_bytes", value: .number(copyBytes)),
      .init(key: "copies_dropped", value: .number(copiesDropped)),
      .init(key: "cpu_seconds", value: .number(usage?.cpuSeconds)),
      .init(key: "resident_bytes", value: .number(usage?.residentBytes)),
    ])
  }
}

extension Report.Engine {
  fileprivate var json: JSONValue {
    .object([
      .init(key: "engine", value: .string(name)), .init(key: "ready", value: .bool(isReady)),
      .init(key: "model", value: models.first.map { .string($0.name) } ?? .null),
      .init(key: "models", value: .array(models.map { .string($0.name) })),
      .init(key: "languages", value: .array(ModelSelection(models).languages.map { .string($0) })),
    ])
  }
}

extension SandboxLayer {
  fileprivate var json: JSONValue {
    let members: [JSONValue.Member] = [
      .init(key: "layer", value: .string(name)), .init(key: "active", value: .bool(problem == nil)),
    ]
    return .object(members + (problem.map { [.init(key: "reason", value: .string($0))] } ?? []))
  }
}
