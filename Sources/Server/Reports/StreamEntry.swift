import Audio
import JSON
import Recognition

/// What operators see of a session: never its text.
struct StreamEntry: Equatable, Sendable {
  struct Received: Equatable, Sendable {
    var chunks: Int
    /// Of audio.
    var seconds: Double
    var chunksPerSecond: Double
    /// In real time.
    var isLive: Bool
  }

  struct Load: Equatable, Sendable {
    /// Chunks without an answer.
    var waiting: Int
    /// Audio that waits to be decoded.
    var backlogSeconds: Double
    var heldBytes: Int
  }

  var clientID: Int
  /// Nil while it has no connection.
  var peer: String?
  /// The name of its token.
  var token: String?
  var request: StreamRequest
  /// Seconds since it was opened.
  var age: Double
  /// Seconds without a connection; nil while it has one.
  var away: Double?
  var received: Received
  /// Of the last chunk that was answered.
  var lastLevels: Levels?
  /// Clipped samples of all chunks.
  var clipped: Int
  var load: Load
  /// From 1; nil before the first chunk.
  var worker: Int?

  var json: JSONValue {
    .object([
      .init(key: "client_id", value: .number("\(clientID)")),
      .init(key: "peer", value: peer.map { .string($0) } ?? .null),
      .init(key: "token", value: token.map { .string($0) } ?? .null),
      .init(key: "engine", value: .string(request.engine)),
      .init(key: "sample_rate", value: .number("\(request.format.sampleRate)")),
      .init(key: "channels", value: .number("\(request.format.channels)")),
      .init(key: "encoding", value: .string(request.format.encoding.rawValue)),
      .init(key: "age", value: .tenths(age)), .init(key: "away", value: away.map { .tenths($0) } ?? .null),
      .init(key: "chunks", value: .number("\(received.chunks)")),
      .init(key: "seconds", value: .tenths(received.seconds)),
      .init(key: "chunks_per_second", value: .tenths(received.chunksPerSecond)),
      .init(key: "live", value: .bool(received.isLive)),
      .init(key: "dbfs", value: lastLevels?.dbfs.map { .tenths($0) } ?? .null),
      .init(key: "peak", value: .number("\(lastLevels?.peak ?? 0)")),
      .init(key: "clipped", value: .number("\(lastLevels?.clipped ?? 0)")),
      .init(key: "clipped_total", value: .number("\(clipped)")),
      .init(key: "waiting", value: .number("\(load.waiting)")),
      .init(key: "backlog", value: .tenths(load.backlogSeconds)),
      .init(key: "held_bytes", value: .number("\(load.heldBytes)")),
      .init(key: "worker", value: worker.map { .number("\($0)") } ?? .null),
    ])
  }
}

extension JSONValue {
  /// Rounded to a tenth.
  fileprivate static func tenths(_ value: Double) -> JSONValue { .number("\((value * 10).rounded() / 10)") }
}

/// The sessions of one loop, or of all.
struct StreamList: Equatable, Sendable {
  /// At most as many as were asked for, in that order.
  private(set) var entries: [StreamEntry] = []
  /// As many as there are.
  private(set) var total = 0

  init() {}

  init(_ entries: [StreamEntry], _ query: StreamListQuery) {
    total = entries.count
    self.entries = Array(query.sorted(entries).prefix(query.limit))
  }

  mutating func add(_ other: StreamList, _ query: StreamListQuery) {
    entries = Array(query.sorted(entries + other.entries).prefix(query.limit))
    total += other.total
  }

  var json: String {
    var object = JSONObject()
    object.add("total", total)
    object.add("streams", .array(entries.map(\.json)))
    return object.text
  }
}

extension StreamListQuery {
  /// Those alike by their clients' numbers.
  func sorted(_ entries: [StreamEntry]) -> [StreamEntry] {
    entries.map { (entry: $0, key: key($0)) }.sorted {
      $0.key != $1.key ? $0.key > $1.key : $0.entry.clientID < $1.entry.clientID
    }.map(\.entry)
  }

  private func key(_ entry: StreamEntry) -> Double {
    switch order {
    case .age: entry.age
    case .chunksPerSecond: entry.received.chunksPerSecond
    // Silence comes last.
    case .dbfs: entry.lastLevels?.dbfs ?? -.infinity
    case .waiting: Double(entry.load.waiting)
    case .backlog: entry.load.backlogSeconds
    case .away: entry.away ?? -1
    }
  }
}
