import Audio
import Capture
import JSON
import Testing

@testable import SpeechClient

/// The decisions about a whole stream, without a connection, a clock or a server.
struct StreamCourseTests {
  let second = AudioFormat.standard.frameBytes * AudioFormat.standard.sampleRate
  let address = "ws://127.0.0.1:8000/"

  func course(
    isLive: Bool = false, retries: Bool = true, totalSeconds: Double? = nil, memoryBytes: Int = 1 << 20,
    keepsRecord: Bool = false
  ) -> StreamCourse {
    let policy = ConnectionMachine.Policy(retries: retries, resumes: true, isLive: isLive)
    return StreamCourse(
      StreamCourse.Setup(policy: policy, format: .standard, place: address, totalSeconds: totalSeconds),
      spool: Spool(chunkBytes: second, memoryBytes: memoryBytes, fileBytes: 0),
      record: keepsRecord ? StreamRecord(kind: "file", name: "a.wav", format: .standard) : nil)
  }

  /// Connected, with a session called `ab`.
  func started(isLive: Bool = false, totalSeconds: Double? = nil, keepsRecord: Bool = false) throws
    -> StreamCourse
  {
    var course = course(isLive: isLive, totalSeconds: totalSeconds, keepsRecord: keepsRecord)
    #expect(course.begin(at: .zero) == [.connect])
    #expect(course.opened(at: .zero) == [.send(#"{"type":"start","updates":true}"#), .sendAudio])
    try receive(#"{"type":"started","session":"ab"}"#, by: &course, expecting: [.sendAudio])
    return course
  }

  /// Chunks of one second are recorded and sent.
  func send(_ count: Int, by course: inout StreamCourse, at now: Duration = .zero) {
    for _ in 0..<count {
      course.recorded([UInt8](repeating: 0, count: second))
      guard case .send = next(&course, at: now) else {
        Issue.record("the chunk is not sent")
        return
      }
    }
  }

  func next(_ course: inout StreamCourse, at now: Duration = .zero) -> StreamCourse.Next {
    course.next(limit: 10, unsentBytes: 0, chunkBytes: second, at: now)
  }

  func receive(
    _ text: String, by course: inout StreamCourse, at now: Duration = .zero, expecting actions: [StreamCourse.Action]
  ) throws {
    #expect(course.received(try JSONValue(parsing: text), at: now, jitter: 0) == actions)
  }

  func answer(_ seqs: ClosedRange<Int>, by course: inout StreamCourse) throws {
    for seq in seqs {
      try receive(#"{"client_id":1,"seq":\#(seq),"chunk_size":\#(second)}"#, by: &course, expecting: [])
      try receive(#"{"seq":\#(seq),"rms":0.1,"duration":1}"#, by: &course, expecting: [.sendAudio])
    }
  }

  func receipt(chunks: Int) -> String {
    #"{"type":"summary","client_id":1,"chunks":\#(chunks),"bytes":\#(chunks * second),"duration":\#(chunks),"rms":0.1,"#
      + #""peak":0.5,"clipped":0,"sha256":"","processed":\#(chunks),"dropped":0,"replayed":0}"#
  }

  func update(_ segment: Int, _ text: String, isFinal: Bool = true, from start: Double = 0, to end: Double = 1)
    -> String
  {
    #"{"type":"update","segment":\#(segment),"transcription":"\#(text)","stable":0,"final":\#(isFinal),"#
      + #""start":\#(start),"end":\#(end)}"#
  }

  func caption(_ text: String, _ start: Double, _ end: Double) -> Caption {
    Caption(text: text, start: start, end: end, isUtterance: true)
  }

  func outcome(of actions: [StreamCourse.Action]) -> StreamCourse.Outcome? {
    if case .finish(let outcome)? = actions.last { outcome } else { nil }
  }

  func reports(of actions: [StreamCourse.Action]) -> [String] {
    actions.compactMap {
      switch $0 {
      case .report(let text), .inform(let text): text
      default: nil
      }
    }
  }

  @Test func `a stream is connected, sent, stopped, and complete with its receipt`() throws {
    var course = try started()
    #expect(next(&course) == .read)
    send(2, by: &course)
    #expect(course.openChunks == 2)
    try answer(1...2, by: &course)
    #expect(course.inputEnded(at: .zero) == [.send(#"{"type":"stop"}"#)])
    try receive(receipt(chunks: 2), by: &course, expecting: [])
    let end = course.closed(code: 1000, reason: "", at: .zero, jitter: 0)
    #expect(end.first == .close)
    #expect(reports(of: end).last?.hasPrefix("all 2 chunks answered; the server's receipt agrees") == true)
    #expect(outcome(of: end) == StreamCourse.Outcome(status: .done, endsAll: false))
  }

  @Test func `no more than the limit is in flight, and no more than the network takes`() throws {
    var course = try started()
    send(3, by: &course)
    course.recorded([0, 0])
    #expect(course.next(limit: 3, unsentBytes: 0, chunkBytes: second, at: .zero) == .wait)
    #expect(course.next(limit: 4, unsentBytes: Pacer.unsentBytes, chunkBytes: second, at: .zero) == .wait)
    #expect(course.next(limit: 4, unsentBytes: 0, chunkBytes: second, at: .zero) == .send([0, 0]))
  }

  @Test func `a resumed session tells what the client has, sends the rest again, and shows no text twice`() throws {
    var course = try started()
    send(3, by: &course)
    try answer(1...1, by: &course)
    try receive(update(1, "One."), by: &course, expecting: [.write([caption("One.", 0, 1)]), .sendAudio])
    try receive(update(2, "tw", isFinal: false, from: 1), by: &course, expecting: [.sendAudio])
    let lost = course.closed(code: nil, reason: "", at: .seconds(1), jitter: 0)
    #expect(
      lost == [
        .disconnect, .report("connection lost (connection cut), 2.0 s buffered, retrying in 250 ms"),
        .retry(after: .milliseconds(250)),
      ])
    #expect(course.retryDue(at: .seconds(1)) == [.connect])
    #expect(
      course.opened(at: .seconds(1)) == [
        .send(#"{"type":"start","updates":true,"resume":"ab","answered":1,"segment":1}"#), .sendAudio,
      ])
    #expect(next(&course) == .wait)
    try receive(
      #"{"type":"started","session":"ab","seq":2,"updates":true}"#, by: &course,
      expecting: [.inform("reconnected; resuming the session after its chunk 2"), .sendAudio, .sendAudio])
    // The server repeats a final that the client has, and one that it has not.
    try receive(update(1, "One."), by: &course, expecting: [.sendAudio])
    try receive(
      update(2, "Two.", from: 1, to: 2), by: &course, expecting: [.write([caption("Two.", 1, 2)]), .sendAudio])
    guard case .send = next(&course) else {
      Issue.record("chunk 3 is not sent again")
      return
    }
    #expect(course.openChunks == 2)
  }

  @Test func `reports of a recorder have no words of the recording`() throws {
    var setup = StreamCourse.Setup(
      policy: ConnectionMachine.Policy(retries: true, resumes: true), format: .standard, place: address)
    setup.quotesTexts = false
    var course = StreamCourse(setup, spool: Spool(chunkBytes: second, fileBytes: 0), record: nil)
    _ = course.begin(at: .zero)
    _ = course.opened(at: .zero)
    try receive(#"{"type":"started","session":"ab"}"#, by: &course, expecting: [.sendAudio])
    send(1, by: &course)
    try receive(update(1, "secret", isFinal: false), by: &course, expecting: [.sendAudio])
    let noise = Array("secret".utf8)
    var said = noise.withUnsafeBytes { reports(of: course.received(noJSON: $0, at: .zero)) }
    _ = course.closed(code: nil, reason: "", at: .zero, jitter: 0)
    _ = course.retryDue(at: .zero)
    _ = course.opened(at: .zero)
    said += reports(
      of: course.received(try JSONValue(parsing: #"{"error":"resume: unknown session"}"#), at: .zero, jitter: 0))
    #expect(said.count == 3)
    #expect(!said.contains { $0.contains("secret") }, "\(said)")
  }

  @Test func `a session that was not kept is replaced, and the texts of the next one are placed after it`() throws {
    var course = try started(keepsRecord: true)
    send(4, by: &course)
    try answer(1...2, by: &course)
    try receive(update(1, "so", isFinal: false), by: &course, expecting: [.sendAudio])
    _ = course.closed(code: nil, reason: "", at: .zero, jitter: 0)
    _ = course.retryDue(at: .zero)
    _ = course.opened(at: .zero)
    let replaced = course.received(
      try JSONValue(parsing: #"{"error":"resume: unknown session"}"#), at: .zero, jitter: 0)
    #expect(
      reports(of: replaced) == [
        "starting a new session (resume: unknown session); sending 2.0 s of audio again", "cut short: so",
      ])
    #expect(replaced[2] == .send(#"{"type":"start","updates":true}"#))
    try receive(#"{"type":"started","session":"cd"}"#, by: &course, expecting: [.sendAudio])
    for _ in 0..<2 { _ = next(&course) }
    try receive(
      update(1, "Again.", from: 0.5, to: 1.5), by: &course,
      expecting: [.write([caption("Again.", 2.5, 3.5)]), .sendAudio])
    // One object has both sessions.
    _ = course.interrupted(at: .zero)
    let record = course.interrupted(at: .zero).compactMap { action -> String? in
      if case .writeRecord(let text) = action { text } else { nil }
    }
    let object = try JSONValue(parsing: record.first ?? "")
    #expect(object["sessions"]?.array?.compactMap { $0["start"]?.double } == [0, 2])
    #expect(object["answered"]?.integer == 2)
    #expect(object["segments"]?.array?.map { [$0["start"]?.double, $0["end"]?.double] } == [[2.5, 3.5]])
    #expect(object["error"]?.string == "ended without waiting for the server")
  }

  @Test func `a session that was refused before it had begun is tried again, and no new one is told of`() throws {
    var course = course(isLive: true)
    _ = course.begin(at: .zero)
    for _ in 0..<2 {
      _ = course.opened(at: .zero)
      send(1, by: &course)
      let refused = reports(of: course.closed(code: 1013, reason: "", at: .zero, jitter: 0))
      #expect(refused.first?.hasPrefix("connection lost (") == true, "\(refused)")
      _ = course.retryDue(at: .zero)
    }
    #expect(reports(of: course.opened(at: .zero)) == ["connected to \(address)"])
    #expect(course.unansweredSeconds == 2)
  }

  @Test func `sound that was lost on the way in keeps its place in the times`() throws {
    var course = try started()
    send(1, by: &course)
    course.skipped(frames: 3 * second / 2)
    send(1, by: &course)
    try receive(
      update(1, "One.", from: 0.5, to: 1), by: &course, expecting: [.write([caption("One.", 0.5, 1)]), .sendAudio])
    try receive(
      update(2, "Two.", from: 1, to: 2), by: &course, expecting: [.write([caption("Two.", 4, 5)]), .sendAudio])
  }

  @Test func `audio that no server took can be taken back, in order`() throws {
    var course = try started()
    send(2, by: &course)
    try answer(1...1, by: &course)
    course.recorded([7, 7])
    var bytes: [[UInt8]] = []
    course.takeUnanswered { bytes.append($0) }
    #expect(bytes == [[UInt8](repeating: 0, count: second), [7, 7]])
    #expect(course.unansweredSeconds == 0)
  }

  @Test func `a server that contradicts the client's count is left for a new session`() throws {
    var course = try started()
    send(2, by: &course)
    _ = course.closed(code: nil, reason: "", at: .zero, jitter: 0)
    _ = course.retryDue(at: .zero)
    _ = course.opened(at: .zero)
    let actions = course.received(
      try JSONValue(parsing: #"{"type":"started","session":"ab","seq":9}"#), at: .zero, jitter: 0)
    #expect(actions.first == .disconnect)
    #expect(
      reports(of: actions).first?.contains("the server has 9 chunks of the session, 2 were sent and 0 answered")
        == true)
    _ = course.retryDue(at: .zero)
    #expect(course.opened(at: .zero).contains(.send(#"{"type":"start","updates":true}"#)))
  }

  @Test func `a pipe waits while there is no room, until Ctrl-C, and a microphone does not`() {
    for isLive in [false, true] {
      var course = course(isLive: isLive, memoryBytes: second)
      _ = course.begin(at: .zero)
      #expect(course.takesIn(bytes: second))
      course.recorded([UInt8](repeating: 0, count: second))
      #expect(course.takesIn(bytes: second) == isLive)
      _ = course.interrupted(at: .zero)
      #expect(course.takesIn(bytes: second))
    }
  }

  @Test func `audio that does not fit is dropped, and reported when it begins and when it ends`() throws {
    var course = course(isLive: true, memoryBytes: 2 * second)
    _ = course.begin(at: .zero)
    for _ in 0..<3 { course.recorded([UInt8](repeating: 0, count: second)) }
    #expect(
      course.reportDroppedAudio()
        == [.report("no server available and the buffer (2.0 s) is full: dropping the oldest audio")])
    course.recorded([UInt8](repeating: 0, count: second))
    #expect(course.reportDroppedAudio() == [])
    _ = course.opened(at: .zero)
    #expect(course.reportDroppedAudio() == [.report("dropped 2.0 s of audio")])
    #expect(course.reportDroppedAudio() == [])
    // The texts keep their place in the recording.
    _ = next(&course)
    try receive(update(1, "Late."), by: &course, expecting: [.write([caption("Late.", 2, 3)]), .sendAudio])
    try answer(1...1, by: &course)
    let status = course.status(showsFinals: true, at: .zero)
    #expect(status.troubles == ["2.0 s dropped"])
    #expect(status.caption == StreamStatus.Text(text: "Late.", isFinal: true))
  }

  @Test func `without a server each attempt is reported, or only the first where a terminal counts down`() {
    for reportsEvery in [true, false] {
      var setup = StreamCourse.Setup(
        policy: ConnectionMachine.Policy(retries: true, resumes: true), format: .standard, place: address)
      setup.reportsEveryAttempt = reportsEvery
      var course = StreamCourse(setup, spool: Spool(chunkBytes: second, fileBytes: 0), record: nil)
      _ = course.begin(at: .zero)
      let failure = ConnectFailure(reason: "no server")
      #expect(
        course.failed(failure, at: .zero, jitter: 0) == [
          .report("no server; retrying in 250 ms"), .retry(after: .milliseconds(250)),
        ])
      _ = course.retryDue(at: .zero)
      #expect(reports(of: course.failed(failure, at: .zero, jitter: 0)).count == (reportsEvery ? 1 : 0))
      #expect(course.status(showsFinals: false, at: .zero).link == .waiting(reason: "no server", seconds: 1))
      _ = course.retryDue(at: .zero)
      #expect(reports(of: course.opened(at: .zero)) == ["connected to \(address)"])
    }
  }

  @Test func `an unavailable engine ends a stream that has not begun, and is waited for by one under way`() throws {
    let failure = ConnectFailure(reason: "engine speech is unavailable", isEngineUnavailable: true)
    var fresh = course()
    _ = fresh.begin(at: .zero)
    let end = fresh.failed(failure, at: .zero, jitter: 0)
    #expect(outcome(of: end) == StreamCourse.Outcome(status: .incomplete, endsAll: true))
    var course = try started()
    send(1, by: &course)
    _ = course.closed(code: nil, reason: "", at: .zero, jitter: 0)
    _ = course.retryDue(at: .zero)
    #expect(course.failed(failure, at: .zero, jitter: 0).last == .retry(after: .milliseconds(500)))
  }

  @Test func `the first interrupt stops the input, the second everything, with how far it got`() throws {
    var course = try started(totalSeconds: 60)
    send(2, by: &course)
    #expect(
      course.interrupted(at: .zero)
        == [.inform("stopping; press Ctrl-C again to end now"), .stopInput, .sendAudio])
    course.cutInput()
    #expect(next(&course) == .end)
    let end = course.interrupted(at: .zero)
    #expect(
      Array(reports(of: end).prefix(3)) == [
        "ended without waiting for the server", "interrupted at 0:00.0 of 1:00.0",
        "0 of 2 chunks answered; 2 without an answer: seq 1–2; 2 never acknowledged; the server sent no receipt",
      ])
    #expect(outcome(of: end) == StreamCourse.Outcome(status: .incomplete, endsAll: true))
  }

  @Test func `errors are reported once, and a server without sessions is none`() throws {
    var course = course()
    _ = course.begin(at: .zero)
    _ = course.opened(at: .zero)
    try receive(#"{"error":"Unknown control message"}"#, by: &course, expecting: [.sendAudio])
    try receive(#"{"error":"busy"}"#, by: &course, expecting: [.report("server: busy"), .sendAudio])
    try receive(#"{"error":"busy"}"#, by: &course, expecting: [.sendAudio])
    send(2, by: &course)
    try receive(
      #"{"error":"lost","seq":1}"#, by: &course, expecting: [.report("server: seq 1: lost"), .sendAudio])
    try receive(#"{"error":"lost","seq":2}"#, by: &course, expecting: [.sendAudio])
    #expect(course.openChunks == 0)
  }

  @Test func `a device that fails and a truncated file decide the exit status`() throws {
    let error = CaptureError.deviceGone(device: "d", CallFailure(call: "c", code: 19, reason: "gone"))
    var live = try started(isLive: true)
    #expect(live.happened(.failed(error)) == [])
    _ = live.inputEnded(at: .zero)
    try receive(receipt(chunks: 0), by: &live, expecting: [])
    let end = live.closed(code: 1000, reason: "", at: .zero, jitter: 0)
    #expect(end.contains(.reportFailure(error)))
    #expect(outcome(of: end)?.status == .device)
    var file = try started()
    #expect(reports(of: file.happened(.truncated(promisedFrames: 9, foundFrames: 3))).count == 1)
    _ = file.inputEnded(at: .zero)
    try receive(receipt(chunks: 0), by: &file, expecting: [])
    #expect(outcome(of: file.closed(code: 1000, reason: "", at: .zero, jitter: 0))?.status == .incomplete)
  }

  @Test func `after a reconnection the screen shows the backlog until it is sent`() throws {
    var course = try started()
    send(2, by: &course)
    _ = course.closed(code: nil, reason: "", at: .zero, jitter: 0)
    #expect(
      course.status(showsFinals: false, at: .zero).link == .lost(reason: "connection cut", spooled: 2, seconds: 1))
    _ = course.retryDue(at: .zero)
    _ = course.opened(at: .zero)
    try receive(
      #"{"type":"started","session":"ab","seq":0}"#, by: &course,
      expecting: [.inform("reconnected; resuming the session after its chunk 0"), .sendAudio, .sendAudio])
    #expect(course.updateBacklog(sourceLag: 0.5, at: .zero) == [])
    #expect(course.status(showsFinals: false, at: .zero).backlog == .init(seconds: 2.5))
    for _ in 0..<2 { _ = next(&course) }
    #expect(course.updateBacklog(sourceLag: 0.5, at: .zero) == [])
    #expect(course.status(showsFinals: false, at: .zero).backlog == nil)
  }
}

private struct CourseError: Error {
  var actions: [StreamCourse.Action]
}
