import Audio
import Recognition
import Testing

@testable import Dialects
@testable import Streams

/// The words of engines whose utterances span chunks: on replies, or in updates.
struct NativeWordsTests {
  private func reply(_ seq: Int, _ text: String, final: Bool, segment: Int, segments: String = "") -> String {
    #"{"seq":\#(seq),"transcription":"\#(text)","rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.1,"#
      + #""start":\#(seq == 1 ? "0.0" : "0.\(seq - 1)"),"final":\#(final),"segment":\#(segment)\#(segments)}"#
  }

  private func measure(_ seq: Int) -> String {
    #"{"seq":\#(seq),"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.1,"start":\#(seq == 1 ? "0.0" : "0.\(seq - 1)")}"#
  }

  // MARK: On replies

  @Test func `without updates replies carry the words so far, then finals once with their segments`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    #expect(connection.write(.result(.silence(1))) == [reply(1, "", final: false, segment: 1)])
    #expect(connection.write(.update(.partial(1, "he was"))) == [])
    #expect(connection.write(.result(.silence(2))) == [reply(2, "he was", final: false, segment: 1)])
    let segment = #","segments":[{"segment":1,"start":0.5,"end":1.25,"text":"He was."}]"#
    #expect(connection.write(.update(.final(1, "He was."))) == [])
    #expect(
      connection.write(.result(.silence(3))) == [reply(3, "He was.", final: true, segment: 1, segments: segment)])
    #expect(connection.write(.result(.silence(4))) == [reply(4, "", final: false, segment: 2)])
    let repeated = reply(4, "He was.", final: true, segment: 1)
    #expect(connection.write(.flushed(seq: 4, last: .silence(4))) == [repeated, #"{"type":"flushed","seq":4}"#])
  }

  @Test func `the segments of replies list their words for those who ask, those of the receipt do not`() throws {
    var connection = try DialectConnection([("engine", "speech"), ("words", "true")])
    #expect(connection.write(.update(.final(1, "He was."))) == [])
    let words =
      #","words":[{"word":"He","start":0.5,"end":0.821},{"word":"was.","start":0.821,"end":1.25}],"word_times":"estimated""#
    let segment = #","segments":[{"segment":1,"start":0.5,"end":1.25,"text":"He was."\#(words)}]"#
    #expect(
      connection.write(.result(.silence(1))) == [reply(1, "He was.", final: true, segment: 1, segments: segment)])
  }

  // MARK: In updates

  @Test(arguments: [true, false])
  func `with updates words are sent when they exist, and replies carry only the measure`(inURL: Bool) throws {
    var connection = try DialectConnection([("engine", "speech")] + (inURL ? [("updates", "true")] : []))
    if !inURL {
      guard case .start(let request, _, _) = connection.say(#"{"type":"start","updates":true}"#) else {
        Issue.record("not started")
        return
      }
      #expect(
        connection.write(.started(request)) == [
          #"{"type":"started","client_id":7,"session":"00000000000000000000000000000abc","engine":"speech","sample_rate":16000,"channels":1,"encoding":"s16le","updates":true}"#
        ])
    }
    let settled = inURL ? "" : #","settled":0"#
    #expect(connection.write(.result(.silence(1))) == [measure(1).dropLast() + settled + "}"])
    let times = #""start":0.5,"end":1.25\#(settled)}"#
    #expect(
      connection.write(.update(.partial(1, "he was")), .update(.final(1, "He was."))) == [
        #"{"type":"update","segment":1,"transcription":"he was","stable":1,"final":false,\#(times)"#,
        #"{"type":"update","segment":1,"transcription":"He was.","stable":2,"final":true,\#(times)"#,
      ])
    #expect(connection.write(.flushed(seq: 1, last: .silence(1))) == [#"{"type":"flushed","seq":1\#(settled)}"#])
  }

  @Test func `words with their times are for those who ask, and the language where the engine knows it`() throws {
    let segment = Segment(
      number: 1, start: 0.5, end: 1, text: "oui", words: [Word(text: "oui", start: 0.5, end: 1)], language: "fr")
    let update = StreamEvent.update(TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true))
    let start =
      #"{"type":"update","segment":1,"transcription":"oui","stable":1,"final":true,"start":0.5,"end":1.0,"language":"fr""#
    var plain = try DialectConnection([("engine", "speech"), ("updates", "true")])
    #expect(plain.write(update) == [start + "}"])
    var worded = try DialectConnection([("engine", "speech"), ("updates", "true"), ("words", "true")])
    #expect(worded.request.wantsWords)
    let words = try #require(worded.write(update).first)
    #expect(words.hasPrefix(start + #","words":[{"word":"oui","start":0.5,"end":1.0}],"word_times":"model""#))
    #expect(worded.write(.update(.partial(2, "no times"))).first?.contains(#""word_times":"estimated""#) == true)
  }

  @Test func `an engine with one text a chunk keeps its replies as they are and sends no updates`() throws {
    var connection = try DialectConnection([("updates", "true")])
    #expect(connection.write(.update(.final(1, "x"))) == [])
    #expect(connection.write(.result(.silence(1))) == [reply(1, "x", final: true, segment: 1)])
    #expect(
      connection.write(.flushed(seq: 1, last: .silence(1))) == [
        reply(1, "x", final: true, segment: 1), #"{"type":"flushed","seq":1}"#,
      ])
  }

  @Test func `a start that the stream refuses changes nothing of the replies`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    _ = connection.say(#"{"type":"start","updates":true}"#)
    _ = connection.write(.refused(.startAfterChunks(1)))
    #expect(connection.write(.result(.silence(1))) == [reply(1, "", final: false, segment: 1)])
  }

  @Test func `a later start keeps what an earlier one asked for`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    guard case .start(let first, _, _) = connection.say(#"{"type":"start","updates":true,"words":true}"#) else {
      Issue.record("not started")
      return
    }
    _ = connection.write(.started(first))
    guard case .start(let second, _, _) = connection.say(#"{"type":"start","sample_rate":8000}"#) else {
      Issue.record("not started")
      return
    }
    #expect(second.wantsWords && second.format.sampleRate == 8000 && second.engine == "speech")
    #expect(connection.write(.started(second)).first?.hasSuffix(#""updates":true}"#) == true)
  }

  @Test func `what a client has asked for goes on at another server, also before it is told so`() throws {
    var connection = try DialectConnection()
    guard case .start(let request, _, _) = connection.say(#"{"type":"start","engine":"speech","updates":true}"#) else {
      Issue.record("not started")
      return
    }
    try connection.handOver()
    #expect(
      connection.write(.resumed(request, seq: 0)) == [
        #"{"type":"started","client_id":7,"session":"00000000000000000000000000000abc","engine":"speech","sample_rate":16000,"channels":1,"encoding":"s16le","seq":0,"updates":true}"#
      ])
    #expect(connection.write(.update(.final(1, "one"))).count == 1)
  }

  @Test func `a start that is refused is not handed over`() throws {
    var connection = try DialectConnection()
    _ = connection.say(#"{"type":"start","engine":"speech","updates":true}"#)
    _ = connection.write(.refused(.startAfterChunks(1)))
    try connection.handOver()
    #expect(connection.write(.update(.final(1, "one"))) == [])
  }

  // MARK: What is settled

  @Test func `after start every reply says what is settled, with the words and not before them`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    #expect(connection.write(.result(.silence(1))).first?.contains("settled") == false)
    guard case .start(let request, _, _) = connection.say(#"{"type":"start","updates":true}"#) else {
      Issue.record("not started")
      return
    }
    _ = connection.write(.started(request))
    #expect(
      connection.write(.settled(Settled(seq: 2, frames: 160)), .result(.silence(3))) == [
        measure(3).dropLast() + #","settled":2,"settled_frames":160}"#
      ])
    #expect(
      connection.write(.settled(Settled(seq: 4, isOpen: true)), .update(.final(1, "one"))).first?
        .hasSuffix(#","settled":4,"settled_open":true}"#) == true)
    #expect(
      connection.write(.flushed(seq: 5, last: nil)) == [#"{"type":"flushed","seq":5,"settled":4,"settled_open":true}"#])
  }

  @Test func `a new session says how much of its first chunk is settled`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    guard
      case .start(_, keepsChunks: false, let settled) = connection.say(
        #"{"type":"start","keeps":false,"settled_frames":160,"settled_open":true}"#)
    else {
      Issue.record("not started")
      return
    }
    #expect(settled == Settled(frames: 160, isOpen: true))
  }
}
