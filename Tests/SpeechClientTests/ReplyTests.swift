import Audio
import Contract
import JSON
import Testing

@testable import SpeechClient

struct ReplyTests {
  private func reply(_ text: String) throws -> Reply { Reply(try JSONValue(parsing: text)) }

  @Test func `an impossible time is ignored`() throws {
    for time in ["1e300", "-1", "1e999", "null"] {
      let text = #"{"seq":3,"transcription":"x","start":\#(time),"duration":\#(time),"#
      #expect(
        try reply(text + #""segments":[{"segment":1,"start":0,"end":\#(time),"text":"x"}]}"#)
          == .transcription(Reply.Text(seq: 3, text: "x", isFinal: true, segment: 3)))
    }
  }

  @Test func `a transcription without measures is final and its own segment`() throws {
    #expect(
      try reply(#"{"seq":3,"transcription":"x"}"#)
        == .transcription(Reply.Text(seq: 3, text: "x", isFinal: true, segment: 3, start: nil)))
    #expect(
      try reply(#"{"seq":3,"transcription":"x","final":false,"segment":1,"start":0.2}"#)
        == .transcription(Reply.Text(seq: 3, text: "x", isFinal: false, segment: 1, start: 0.2)))
    #expect(
      try reply(
        #"{"seq":3,"transcription":"x","start":0.2,"duration":0.1,"final":true,"segment":2,"segments":[{"segment":2,"start":1,"end":2.5,"text":"x"},7]}"#
      )
        == .transcription(
          Reply.Text(
            seq: 3, text: "x", isFinal: true, segment: 2, start: 0.2, duration: 0.1,
            segments: [Reply.Segment(number: 2, start: 1, end: 2.5, text: "x")])))
  }

  @Test func `every other message has its case`() throws {
    #expect(try reply(#"{"error":"no","seq":2}"#) == .failure(error: "no", code: nil, seq: 2))
    #expect(try reply(#"{"type":"flushed","seq":2}"#) == .flushed)
    #expect(try reply(#"{"type":"started","client_id":1,"session":"ab"}"#) == .started(session: "ab", seq: nil))
    #expect(try reply(#"{"type":"started","session":"ab","seq":7}"#) == .started(session: "ab", seq: 7))
    #expect(try reply(#"{"type":"news"}"#) == .other)
    #expect(try reply("[]") == .other)
    let receipt = Receipt(
      clientID: 1, chunks: 1, bytes: 1, duration: 1, rms: 0, peak: 0, clipped: 0, sha256: "", processed: 1, dropped: 0,
      replayed: 0)
    #expect(try reply(ServerMessage.summary(receipt).text) == .summary(receipt))
  }
}

struct StreamRecordTests {
  @Test func `the object has each final text once, the figures and the receipt`() throws {
    var record = StreamRecord(kind: "file", name: "a \"b\".wav", format: .standard)
    for text in [
      #"{"seq":1,"transcription":"par","final":false,"segment":1}"#,
      #"{"seq":1,"transcription":"one","final":true,"segment":1}"#,
      #"{"seq":1,"transcription":"one!","final":true,"segment":1}"#,
      #"{"seq":2,"transcription":"tw","final":false,"segment":2}"#, #"{"type":"flushed","seq":2}"#,
    ] {
      let value = try JSONValue(parsing: text)
      record.take(value, as: Reply(value))
    }
    record.endSession(
      StreamRecord.Figures(chunks: 2, bytes: 20, seconds: 0.5, answered: 1), timeline: TimelineMap(start: 1.5),
      isContinued: false)
    let line = record.text(
      StreamRecord.Outcome(missing: SeqRanges([2]), isComplete: false, troubles: ["1 gap"], error: "no server"))
    let object = try JSONValue(parsing: line)
    #expect(object["file"]?.string == "a \"b\".wav")
    #expect(object["text"]?.string == "one!\ntw")
    #expect(object["transcriptions"]?.array?.count == 2)
    #expect(object["missing"] == .array([.number("2")]))
    #expect(object["complete"]?.bool == false)
    #expect(object["answered"]?.integer == 1)
    #expect(object["troubles"] == .array([.string("1 gap")]))
    #expect(object["receipt"] == .null)
    #expect(object["sessions"]?.array?.map { $0["start"]?.double } == [1.5])
    #expect(object["error"]?.string == "no server")
    #expect(object["segments"] == .array([]))
  }

  private func object(_ texts: [String]) throws -> JSONValue {
    var record = StreamRecord(kind: "file", name: "a.wav", format: .standard)
    for text in texts {
      let value = try JSONValue(parsing: text)
      record.take(value, as: Reply(value))
    }
    record.endSession(
      StreamRecord.Figures(chunks: 1, bytes: 2, seconds: 1, answered: 1), timeline: TimelineMap(), isContinued: false)
    return try JSONValue(parsing: record.text(StreamRecord.Outcome(isComplete: true)))
  }

  private let utterances = [
    #"{"seq":4,"transcription":"on","final":false,"segment":1}"#,
    #"{"seq":5,"transcription":"Two.","final":true,"segment":2,"segments":[{"segment":1,"start":0.1,"end":1,"text":"One."},{"segment":2,"start":1.5,"end":2,"text":"Two."}]}"#,
    #"{"seq":6,"transcription":"","final":true,"segment":3}"#,
    #"{"seq":7,"transcription":"Two.","final":true,"segment":2}"#,
  ]

  @Test func `utterances are kept once each with their times, and all are in the text`() throws {
    let object = try object(utterances)
    #expect(object["text"]?.string == "One.\nTwo.")
    #expect(object["segments"]?.array?.compactMap { $0["text"]?.string } == ["One.", "Two."])
    #expect(object["transcriptions"]?.array?.count == 1)
  }

  @Test func `the receipt's utterances are preferred to those received, unless they are fewer`() throws {
    func texts(_ told: String) throws -> [String] {
      let receipt =
        #"{"type":"summary","client_id":1,"chunks":1,"bytes":1,"duration":1,"rms":0,"peak":0,"clipped":0,"sha256":"","processed":1,"dropped":0,"replayed":0,"segments":["#
        + told + #"],"partials_shed":0}"#
      return try object(utterances + [receipt])["segments"]?.array?.compactMap { $0["text"]?.string } ?? []
    }
    let segment = #"{"segment":1,"start":0,"end":1,"text":"Told."}"#
    #expect(try texts([segment, segment].joined(separator: ",")) == ["Told.", "Told."])
    #expect(try texts(segment) == ["One.", "Two."])
  }

  @Test func `final updates are kept once each, with their language and words, and a withdrawn one is not`() throws {
    let object = try object([
      #"{"type":"update","segment":1,"transcription":"on","stable":0,"final":false,"start":0.1,"end":0.5}"#,
      #"{"seq":1,"rms":0.1,"duration":0.1}"#,
      #"{"type":"update","segment":1,"transcription":"One.","stable":1,"final":true,"start":0.1,"end":1,"language":"en"}"#,
      #"{"type":"update","segment":1,"transcription":"One.","stable":1,"final":true,"start":0.1,"end":1}"#,
      #"{"type":"update","segment":2,"transcription":"","stable":0,"final":true,"start":1,"end":2}"#,
      #"{"type":"update","segment":3,"transcription":"thr","stable":0,"final":false,"start":2,"end":3}"#,
    ])
    #expect(object["text"]?.string == "One.\nthr")
    #expect(
      object["segments"]?.array?.map(\.text) == [#"{"segment":1,"start":0.1,"end":1,"text":"One.","language":"en"}"#])
    #expect(object["transcriptions"]?.array?.compactMap { $0["segment"]?.integer } == [1, 3])
  }
}
