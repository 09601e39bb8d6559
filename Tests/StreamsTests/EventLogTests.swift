import Testing

@testable import Streams

struct EventLogTests {
  private func append(_ subject: StreamEvent.Subject, _ text: String, to log: EventLog) {
    Array(text.utf8).withUnsafeBytes { log.append(subject, $0) }
  }

  private func texts(_ log: EventLog, after answered: Int, segment: Int = 0) -> [String] {
    var texts: [String] = []
    log.visit(answered: answered, segment: segment) { texts.append(String(decoding: $0, as: UTF8.self)) }
    return texts
  }

  private func reaches(_ log: EventLog, _ answered: Int, segment: Int = 0) -> Bool {
    log.reaches(answered: answered, segment: segment)
  }

  @Test func `a client gets what it lacks, in order`() {
    let log = EventLog()
    for seq in 1...3 { append(.chunk(seq: seq), "\(seq)", to: log) }
    append(.ending(seq: 3), "end of 3", to: log)
    append(.segment(1), "segment 1", to: log)
    append(.chunk(seq: 4), "4", to: log)
    #expect(texts(log, after: 0) == ["1", "2", "3", "end of 3", "segment 1", "4"])
    #expect(texts(log, after: 2, segment: 1) == ["3", "end of 3", "4"])
    #expect(texts(log, after: 3, segment: 1) == ["end of 3", "4"])
    #expect(texts(log, after: 4) == ["segment 1"])
    #expect(reaches(log, 0) == true)
  }

  @Test func `an ending that came after the answers to later chunks is not lost with them`() {
    let log = EventLog()
    for seq in 1...2 { append(.chunk(seq: seq), "\(seq)", to: log) }
    append(.ending(seq: 1), "end of 1", to: log)
    append(.chunk(seq: 3), "3", to: log)
    #expect(texts(log, after: 2) == ["end of 1", "3"])
    #expect(texts(log, after: 3) == [])
  }

  @Test func `of too many the oldest are dropped, and that is known`() {
    let log = EventLog()
    let text = String(repeating: "x", count: 1000)
    for seq in 1...200 { append(.chunk(seq: seq), text, to: log) }
    let kept = StreamLimits.eventLogBytes / 1000
    #expect([0, 199 - kept, 200 - kept].map { reaches(log, $0) } == [false, false, true])
    #expect(texts(log, after: 200 - kept).count == kept)
    let bytes = log.bytes
    #expect(bytes == kept * (1000 + 96))
  }

  @Test func `chunks and segments are dropped each by their own number`() {
    let log = EventLog()
    let text = String(repeating: "x", count: StreamLimits.eventLogBytes / 2)
    append(.segment(4), text, to: log)
    append(.chunk(seq: 9), text, to: log)
    append(.chunk(seq: 10), "10", to: log)
    #expect(reaches(log, 0, segment: 4) && !reaches(log, 0, segment: 3))
    append(.ending(seq: 8), text, to: log)
    append(.chunk(seq: 11), text, to: log)
    #expect(reaches(log, 10, segment: 4) && !reaches(log, 9, segment: 4))
  }

  @Test func `a receipt that is larger than the log is kept for a client that has everything else`() {
    let log = EventLog()
    append(.chunk(seq: 1), "1", to: log)
    append(.ending(seq: 1), "flushed", to: log)
    let receipt = String(repeating: "x", count: 2 * StreamLimits.eventLogBytes)
    append(.ending(seq: 1), receipt, to: log)
    #expect(reaches(log, 1) && !reaches(log, 0))
    #expect(texts(log, after: 1) == [receipt])
  }
}
