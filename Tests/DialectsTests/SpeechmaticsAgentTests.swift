import Audio
import Recognition
import Testing

@testable import Dialects
@testable import Streams

/// The variant of Speechmatics' protocol for voice agents.
struct SpeechmaticsAgentTests {
  /// A session that has started.
  private func session(_ turns: String = "") throws -> DialectConnection {
    var engines = EngineList(standard: "speech", enabled: ["mock", "speech"])
    engines.update(EngineList.speech(languages: ["en"]).statuses)
    var connection = try DialectConnection(engines: engines, of: SpeechmaticsDialect.self, path: "/v2/agent")
    let start =
      #"{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"pcm_s16le","sample_rate":16000},"#
      + #""transcription_config":{"language":"en","model":"linden-1","enable_partials":true}\#(turns)}"#
    guard case .start(let request, keepsChunks: false, settled: Settled()) = connection.say(start) else {
      throw StateError()
    }
    #expect(request.utterances.partials)
    #expect(connection.write(.started(request)).first?.hasPrefix(#"{"message":"RecognitionStarted","#) == true)
    return connection
  }

  private static let external = #","turn_config":{"turn_detection_mode":"external"}"#

  private func timed(_ message: String, _ key: String, _ second: Double) -> String {
    #"{"message":"\#(message)","metadata":{"\#(key)":\#(second)}}"#
  }

  private func segment(_ message: String, _ text: String) -> String {
    #"{"message":"\#(message)","metadata":{"start_time":0.5,"end_time":1.25},"segment":{"transcript":"\#(text)"}}"#
  }

  @Test func `a turn begins with its first words and ends with a pause`() throws {
    var session = try session()
    #expect(
      session.write(.update(.partial(1, "Yes")), .update(.partial(1, "Yes")), .update(.final(1, "Yes, sir!", .silence)))
        == [
          timed("SpeechStarted", "start_time", 0.5), timed("StartOfTurn", "start_time", 0.5),
          segment("AddPartialSegment", "Yes"), timed("SpeechEnded", "end_time", 1.25),
          segment("AddSegment", "Yes, sir!"), timed("EndOfTurn", "end_time", 1.25),
        ])
    // Nothing was said.
    #expect(
      session.write(.update(.final(2, "", .silence))) == [
        timed("SpeechStarted", "start_time", 0.5), timed("SpeechEnded", "end_time", 1.25),
      ])
  }

  @Test func `a turn goes on where an utterance was cut for its length`() throws {
    var session = try session()
    #expect(
      session.write(.update(.final(1, "And", .length)), .update(.final(2, "so on.", .silence))) == [
        timed("SpeechStarted", "start_time", 0.5), timed("StartOfTurn", "start_time", 0.5),
        segment("AddSegment", "And"), timed("SpeechEnded", "end_time", 1.25), segment("AddSegment", "so on."),
        timed("EndOfTurn", "end_time", 1.25),
      ])
  }

  @Test func `a client with a voice detector of its own ends turns itself`() throws {
    var session = try session(Self.external)
    #expect(
      session.write(.update(.final(1, "Yes,", .silence))) == [
        timed("StartOfTurn", "start_time", 0.5), segment("AddSegment", "Yes,"),
      ])
    #expect(session.say(#"{"message":"ForceEndOfUtterance","timestamp":1.5}"#) == .flush)
    #expect(
      session.write(.update(.final(2, "sir.", .request)), .flushed(seq: 9, last: .silence(9))) == [
        segment("AddSegment", "sir."), timed("EndOfTurn", "end_time", 1.25),
      ])
    #expect(session.say(#"{"message":"ForceEndOfUtterance"}"#) == .flush)
    #expect(session.write(.flushed(seq: 9, last: .silence(9))) == [])
  }

  @Test func `the end of the stream ends the turn`() throws {
    var session = try session(Self.external)
    _ = session.write(.update(.final(1, "Yes.", .silence)))
    #expect(session.say(#"{"message":"EndOfStream","last_seq_no":1}"#) == .stop)
    let receipt = StreamReceipt(totals: StreamTotals(), duration: 0.1, levels: Levels())
    let messages = session.write(.flushed(seq: 1, last: nil), .receipt(receipt), .closing(.complete))
    #expect(messages.first == timed("EndOfTurn", "end_time", 1.25))
    #expect(messages.last?.hasPrefix(#"{"message":"EndOfTranscript","#) == true)
    #expect(session.output.closed?.code == 1000)
  }

  @Test func `another way to detect turns is an error and the end`() throws {
    #expect(throws: StateError.self) { try session(#","turn_config":{"turn_detection_mode":"smart_turn"}"#) }
  }
}
