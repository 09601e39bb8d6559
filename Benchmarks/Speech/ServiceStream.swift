internal import Audio
internal import Contract
internal import IO
internal import JSON
internal import Recognition
internal import Web

/// One client of the service: sends its plan's sound and keeps what it is told.
final class ServiceStream: WebSocketClientDelegate {
  private let plan: StreamPlan
  private unowned let player: ServicePlayer
  private(set) var record: StreamRecord
  private(set) var isOver = false
  private var connection: ClientConnection?
  private var timer: LoopTimer?
  private var beganAt: Duration?
  private var heardAt: Duration = .zero
  private var sentBytes = 0
  private var openChunks = 0
  private var isStopping = false

  /// A service that owes an answer and sends nothing for this long is abandoned.
  private static let patience = Duration.seconds(60)

  init(_ plan: StreamPlan, _ player: ServicePlayer) {
    self.plan = plan
    self.player = player
    record = StreamRecord(plan)
  }

  func connect(_ url: String) throws {
    let format = plan.sound.format
    let query = "sample_rate=\(format.sampleRate)&channels=\(format.channels)&encoding=\(format.encoding.rawValue)"
    connection = player.connect(self, try WebSocketURL("\(url)?\(query)&engine=speech"))
  }

  func begin(at now: Duration) {
    guard !isOver else { return }
    beganAt = now
    heardAt = now
    pump()
  }

  func checkPatience() {
    if openChunks == 0, !isStopping { heardAt = player.loop.now }
    guard !isOver, player.loop.now - heardAt > Self.patience else { return }
    record.problem = "the service said nothing for \(Self.patience)"
    connection?.drop()
  }

  private func pump() {
    guard let connection, let beganAt, connection.isOpen, !isStopping else { return }
    while sentBytes < plan.sound.totalBytes {
      switch plan.pace {
      case .fast:
        guard openChunks < StreamPlan.openChunks, connection.unsentBytes < 1 << 20 else { return }
      case .live:
        let due = beganAt + .seconds(plan.due(end: sentBytes + plan.chunkBytes))
        guard player.loop.now >= due else {
          timer?.cancel()
          timer = player.loop.after(due - player.loop.now) { [unowned self] in pump() }
          return
        }
      }
      plan.sound.withChunk(at: sentBytes, plan.chunkBytes) { chunk in
        connection.send(binary: chunk)
        sentBytes += chunk.count
      }
      openChunks += 1
    }
    isStopping = true
    connection.send(text: ControlMessage.stop.text)
  }

  private func settle(_ problem: String?) {
    guard !isOver else { return }
    if beganAt == nil || record.receipt == nil { record.problem = record.problem ?? problem }
    isOver = true
    timer?.cancel()
    connection = nil
    player.settled()
  }

  // MARK: - From the connection

  func opened(_ connection: ClientConnection) { player.settled() }

  func failed(_ connection: ClientConnection, error: WebSocketError) { settle("\(error)") }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    settle("closed with \(code.map { "\($0)" } ?? "nothing") \(reason)")
  }

  func drained(_ connection: ClientConnection) { pump() }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    heardAt = player.loop.now
    // The acknowledgement is not of interest.
    guard !text.starts(with: #"{"client_id":"#.utf8), let value = try? JSONValue(parsing: text) else { return }
    if let text = value["transcription"]?.string, let segment = value["segment"]?.integer {
      let finals = Self.segments(value["segments"]) ?? []
      add(finals.map { TranscriptUpdate(segment: $0, stableWords: 0, isFinal: true) })
      if value["final"]?.bool == false, !text.isEmpty {
        let partial = Segment(number: segment, start: 0, end: 0, text: text)
        add([TranscriptUpdate(segment: partial, stableWords: 0, isFinal: false)])
      }
      if openChunks > 0 { openChunks -= 1 }
      pump()
    } else if value["type"]?.string == "summary" {
      record.receipt = Self.segments(value["segments"]) ?? []
      record.skippedPartials = value["partials_shed"]?.integer ?? 0
      if value["dropped"]?.integer != 0 { record.problem = "chunks were dropped" }
    } else if let error = value["error"]?.string {
      record.problem = error
    }
  }

  private func add(_ updates: [TranscriptUpdate]) {
    let began = (beganAt ?? heardAt) + .seconds(plan.delay)
    for update in updates { record.add(update, at: (heardAt - began) / .seconds(1)) }
  }

  private static func segments(_ value: JSONValue?) -> [Segment]? {
    value?.array?.compactMap { value in
      guard let segment = value["segment"]?.integer, let start = value["start"]?.double,
        let end = value["end"]?.double, let text = value["text"]?.string
      else { return nil }
      return Segment(number: segment, start: start, end: end, text: text)
    }
  }
}
