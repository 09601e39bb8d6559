import JSON
import Platform
import SpeechClient

/// The result of a simulation.
struct SimulationReport: Equatable {
  /// Chunks of all clients.
  struct Counts: Equatable {
    var sent = 0
    var sentBytes = 0
    var acked = 0
    var transcribed = 0
    /// Answered with an error.
    var failed = 0

    mutating func add(_ ledger: Ledger) {
      sent += ledger.sentChunks
      sentBytes += ledger.sentBytes
      acked += ledger.acceptedChunks
      transcribed += ledger.transcribedChunks
      failed += ledger.failed.count
    }
  }

  var clients = 0
  var connected = 0
  var planned = 0
  var counts = Counts()
  /// Clients with a receipt that agrees with their own count.
  var receipts = 0
  /// From the first chunk to the last answer.
  var elapsed = Duration.zero
  var latency = LatencyHistogram()
  var wasInterrupted = false
  /// The first few reasons why clients ended early.
  private(set) var reasons: [String] = []

  /// Sent and not transcribed.
  var lost: Int { counts.sent - counts.transcribed }

  /// Nothing was lost, everything planned was sent, and the server agrees.
  var isComplete: Bool { lost == 0 && receipts == clients && (counts.sent == planned || wasInterrupted) }

  mutating func add(reason: String) {
    if reasons.count < 3, !reasons.contains(reason) { reasons.append(reason) }
  }

  private var perSecond: Double { elapsed > .zero ? Double(counts.transcribed) / elapsed.inSeconds : 0 }
  private var bytesPerSecond: Double { elapsed > .zero ? Double(counts.sentBytes) / elapsed.inSeconds : 0 }

  var table: [String] {
    func share(_ part: Int, of whole: Int) -> String { part == whole ? "\(part)" : "\(part) of \(whole)" }
    func time(_ part: Double) -> String { latency.percentile(part)?.brief ?? "-" }
    var rows = [
      ("clients", share(connected, of: clients)), ("chunks sent", share(counts.sent, of: planned)),
      ("acked", "\(counts.acked)"),
      ("transcribed", "\(counts.transcribed)"), ("lost", "\(lost)"),
    ]
    if counts.failed > 0 { rows.append(("of them refused", "\(counts.failed)")) }
    rows += [
      ("receipts agreeing", share(receipts, of: clients)), ("latency p50", time(0.5)), ("latency p99", time(0.99)),
      ("latency max", latency.count > 0 ? latency.maximum.brief : "-"),
      ("rate", "\(perSecond.fixed(0)) chunks/s, \((bytesPerSecond / 1e6).fixed(2)) MB/s"),
      ("time", "\(elapsed.inSeconds.fixed(2)) s"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width - name.count + 2) + value
    }
  }

  var json: String {
    func micros(_ part: Double) -> Int? { latency.percentile(part).map { Int($0.inSeconds * 1e6) } }
    var object = JSONObject()
    object.add("clients", clients)
    object.add("connected", connected)
    object.add("planned", planned)
    object.add("sent", counts.sent)
    object.add("bytes", counts.sentBytes)
    object.add("acked", counts.acked)
    object.add("transcribed", counts.transcribed)
    object.add("lost", lost)
    object.add("failed", counts.failed)
    object.add("receipts", receipts)
    object.add("seconds", elapsed.inSeconds)
    object.add("chunks_per_second", perSecond)
    for (key, part): (StaticString, Double) in [("p50_us", 0.5), ("p99_us", 0.99), ("max_us", 1)] {
      if let value = micros(part) { object.add(key, value) } else { object.add(key, JSONValue.null) }
    }
    object.add("complete", isComplete)
    return object.text
  }
}
