import Dialects
import JSON
import Platform
import Recognition

/// Text format 0.0.4. A name with a label has a series for each of its values from the start, so that rates are right.
extension Report {
  var prometheus: String {
    var text = PrometheusText()
    for figure in figures where figure.value != .null {
      text.add("audio_\(figure.name)", figure.kind.rawValue, figure.help, [("", figure.value.text)])
    }
    addProcess(to: &text)
    text.add("audio_build_info", "gauge", "The version of the server.", [(Self.label("version", serviceVersion), "1")])
    text.add(
      "audio_refusals_by_reason_total", "counter", "Upgrades refused, by the reason.",
      counters.refusals.byCause.map { (Self.label("reason", $0.cause.rawValue), "\($0.count)") })
    text.add(
      "audio_resume_refusals_total", "counter", "Sessions that could not be resumed, by the reason.",
      counters.refusals.byResumeCause.map { (Self.label("reason", $0.cause.rawValue), "\($0.count)") })
    text.add(
      "audio_dialect_streams_total", "counter", "Streams opened, by the dialect.",
      counters.dialects.all.map { (Self.label("dialect", $0.name), "\($0.count.streams)") })
    text.add(
      "audio_dialect_errors_total", "counter", "Upgrades refused and connections closed for a fault, by the dialect.",
      counters.dialects.all.map { (Self.label("dialect", $0.name), "\($0.count.errors)") })
    for latency in counters.latencies.all {
      text.add("audio_\(latency.name)_latency_seconds", latency.help, [([], latency.delays)])
    }
    text.add(
      "audio_decode_seconds", "How long a model took for an utterance, by the text that was wanted.",
      [
        ([("text", "partial")], counters.recognition.partialDecodings),
        ([("text", "final")], counters.recognition.finalDecodings),
      ])
    addDirectory(to: &text)
    addLinks(to: &text)
    addWorkers(to: &text)
    text.add(
      "audio_engine_ready", "gauge", "Whether streams can use the engine.",
      engines.map { (Self.label("engine", $0.name), $0.isReady ? "1" : "0") })
    text.add(
      "audio_engine_info", "gauge", "The models of the engine.",
      engines.flatMap { engine in
        (engine.models.isEmpty ? [""] : engine.models.map(\.name))
          .map { (Self.labels([("engine", engine.name), ("model", $0)]), "1") }
      })
    return text.text
  }

  /// By the names that all programs have for Prometheus.
  private func addProcess(to text: inout PrometheusText) {
    guard let usage else { return }
    text.add(
      "process_cpu_seconds_total", "counter", "CPU time of the server without its workers.",
      [("", "\(usage.cpuSeconds)")])
    text.add(
      "process_resident_memory_bytes", "gauge", "Resident memory of the server without its workers.",
      [("", "\(usage.residentBytes)")])
    text.add(
      "process_virtual_memory_bytes", "gauge", "Virtual memory of the server without its workers.",
      [("", "\(usage.virtualBytes)")])
    if let start = ProcessUsage.systemStart {
      text.add(
        "process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.",
        [("", "\(start + usage.startSeconds)")])
    }
  }

  private func addDirectory(to text: inout PrometheusText) {
    let directory = counters.sessions.directory
    text.add(
      "audio_directory_changes_total", "counter", "Changes in the directory of sessions, by what became of them.",
      [
        (Self.label("outcome", "changed"), "\(directory.changed)"),
        (Self.label("outcome", "conflict"), "\(directory.conflicts)"),
        (Self.label("outcome", "unanswered"), "\(directory.unanswered)"),
      ])
    text.add(
      "audio_directory_latency_seconds", "How long the broker took to answer about a session.",
      [([], directory.times)])
  }

  private func addLinks(to text: inout PrometheusText) {
    let links = counters.losses.links
    text.add(
      "audio_session_copies_total", "counter", "Sessions taken over, by where their copy was.",
      CopySource.allCases.map { (Self.label("source", $0.rawValue), "\(counters.sessions.taken[$0] ?? 0)") })
    text.add(
      "audio_streams_moved_total", "counter", "Streams that went to another worker while theirs was well.",
      MoveReason.allCases.map { (Self.label("reason", $0.rawValue), "\(counters.losses.moved[$0] ?? 0)") })
    text.add(
      "audio_worker_links_ended_total", "counter", "Links to workers at the broker that ended, by the reason.",
      LinkEnding.allCases.map { (Self.label("reason", $0.rawValue), "\(links.endings[$0] ?? 0)") })
    text.add(
      "audio_worker_windows_full_total", "counter",
      "Times that more was to be sent to a worker than may be under way to it.", [("", "\(links.fullWindows)")])
    text.add(
      "audio_broker_latency_seconds", "How long a message took to the broker and back.", [([], links.echoes)])
    text.add(
      "audio_broker_workers", "gauge", "Workers at the broker by state, added up over the server's loops.",
      Worker.State.allCases.map { state in
        (Self.label("state", state.rawValue), "\(workers.count { $0.state == state })")
      })
  }

  private func addWorkers(to text: inout PrometheusText) {
    func each(_ value: (Worker) -> String?) -> [(labels: String, value: String)] {
      workers.compactMap { worker in
        let machine = worker.machine.map { [("machine", $0)] } ?? []
        return value(worker).map { (Self.labels([("worker", "\(worker.number)")] + machine), $0) }
      }
    }
    text.add("audio_worker_ready", "gauge", "Whether the worker is ready.", each { $0.isReady ? "1" : "0" })
    text.add("audio_worker_streams", "gauge", "Streams on the worker.", each { "\($0.streams)" })
    text.add("audio_worker_queued_bytes", "gauge", "Bytes queued for the worker.", each { "\($0.queuedBytes)" })
    text.add(
      "audio_worker_backlog_seconds", "gauge", "Audio on the worker that waits to be decoded.",
      each { "\($0.backlogSeconds)" })
    text.add(
      "audio_worker_heartbeat_seconds", "gauge", "The round trip of the worker's last heartbeat.",
      each { $0.heartbeatSeconds.map { "\($0)" } })
    text.add(
      "audio_worker_copy_bytes", "gauge",
      "Bytes of the copies of sessions on the worker, of all servers; each loop tells it.",
      each { $0.copyBytes.map { "\($0)" } })
    text.add(
      "audio_worker_copies_dropped_total", "counter",
      "Copies of sessions that the worker dropped for want of room; each loop tells it.",
      each { $0.copiesDropped.map { "\($0)" } })
    text.add(
      "audio_worker_cpu_seconds_total", "counter", "CPU time of the worker's process.",
      each { $0.usage.map { "\($0.cpuSeconds)" } })
    text.add(
      "audio_worker_resident_bytes", "gauge", "Resident memory of the worker's process.",
      each { $0.usage.map { "\($0.residentBytes)" } })
  }

  private static func label(_ name: String, _ value: String) -> String { labels([(name, value)]) }

  /// As the format has them: backslashes, quotes and ends of lines are escaped.
  static func labels(_ pairs: [(name: String, value: String)]) -> String {
    let texts = pairs.map { name, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      return "\(name)=\"\(escaped)\""
    }
    return "{\(texts.joined(separator: ","))}"
  }
}

private struct PrometheusText {
  private(set) var text = ""

  mutating func add(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: String)]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
  }

  /// A histogram for each of these labels.
  mutating func add(
    _ name: String, _ help: String, _ samples: [(labels: [(name: String, value: String)], delays: DelayHistogram)]
  ) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
    for (labels, delays) in samples {
      var total = 0
      for (bound, count) in zip(DelayHistogram.bounds.map { "\($0)" } + ["+Inf"], delays.counts) {
        total += count
        text += "\(name)_bucket\(Report.labels(labels + [("le", bound)])) \(total)\n"
      }
      let own = labels.isEmpty ? "" : Report.labels(labels)
      text += "\(name)_sum\(own) \(delays.sum)\n\(name)_count\(own) \(total)\n"
    }
  }
}
