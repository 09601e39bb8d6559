import JSON
import Testing

@testable import SpeechClient

extension StreamCourseTests {
  @Test func `words that were not final are heard by the next session, and each chunk counts once`() throws {
    var course = try started(keepsRecord: true)
    send(4, by: &course)
    for (seq, settled) in [(1, 0), (2, 1), (3, 1)] {
      try receive(
        #"{"seq":\#(seq),"rms":0.1,"duration":1,"settled":\#(settled),"settled_frames":80}"#, by: &course,
        expecting: [.sendAudio])
    }
    try receive(update(1, "so", isFinal: false), by: &course, expecting: [.sendAudio])
    _ = course.closed(code: 1001, reason: "going away", at: .zero, jitter: 0)
    _ = course.retryDue(at: .zero)
    _ = course.opened(at: .zero)
    let replaced = course.received(
      try JSONValue(parsing: #"{"error":"resume: unknown session"}"#), at: .zero, jitter: 0)
    #expect(
      reports(of: replaced) == [
        "starting a new session (resume: unknown session); sending 3.0 s of audio again, "
          + "2.0 s of it for words that were not final"
      ])
    #expect(replaced[1] == .send(#"{"type":"start","updates":true,"settled_frames":80}"#))
    try receive(#"{"type":"started","session":"cd"}"#, by: &course, expecting: [.sendAudio])
    for _ in 0..<3 { _ = next(&course) }
    let repeats = [1, 2, 3].map { seq in
      Array(#"{"seq":\#(seq),"rms":0.1,"duration":1}"#.utf8).withUnsafeBytes { course.isRepeat($0) }
    }
    #expect(repeats == [true, true, false])
    try receive(
      update(1, "So it is.", from: 0.5, to: 1.5), by: &course,
      expecting: [.write([caption("So it is.", 1.5, 2.5)]), .sendAudio])
    for seq in 1...3 {
      try receive(#"{"client_id":1,"seq":\#(seq),"chunk_size":\#(second)}"#, by: &course, expecting: [])
      try receive(
        #"{"seq":\#(seq),"rms":0.1,"duration":1,"settled":\#(seq)}"#, by: &course, expecting: [.sendAudio])
    }
    #expect(course.inputEnded(at: .zero) == [.send(#"{"type":"stop"}"#)])
    _ = course.received(try JSONValue(parsing: receipt(chunks: 3)), at: .zero, jitter: 0)
    let end = course.closed(code: 1000, reason: "", at: .zero, jitter: 0)
    #expect(outcome(of: end)?.status == .done)
    #expect(
      end.contains(
        .inform(
          "all 4 chunks answered, though the connection broke once; 1 of them in earlier sessions; "
            + "2 sent again for words that were not final; the server's receipt agrees: chunks 3, bytes 96000, "
            + "duration 3.000 s")))
    let text = end.compactMap { action -> String? in
      if case .writeRecord(let text) = action { text } else { nil }
    }
    let object = try JSONValue(parsing: text.first ?? "")
    #expect((object["chunks"]?.integer, object["answered"]?.integer, object["resent"]?.integer) == (4, 4, 2))
    #expect(object["text"]?.string == "So it is.")
    #expect(object["sessions"]?.array?.map { $0["chunks"]?.integer } == [1, 3])
    #expect(object["sessions"]?.array?.map { $0["resent"]?.integer } == [nil, 2])
  }
}
