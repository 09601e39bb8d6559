import Audio
import JSON
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

struct SpeechmaticsDialectTests {
  private static let audio = [UInt8](repeating: 1, count: 3200)
  private static let started =
    #"{"message":"RecognitionStarted","id":"00000000-0000-0000-0000-000000000abc","language_pack_info":{"#
    + #""word_delimiter":" ","language_description":"English","writing_direction":"left-to-right","itn":false,"adapted":false}}"#

  private func connection(path: String = "/v2", engine: String = "speech") throws -> DialectConnection {
    var engines = EngineList(standard: engine, enabled: ["mock", "speech"])
    engines.update(EngineList.speech(languages: ["en"]).statuses)
    return try DialectConnection(engines: engines, of: SpeechmaticsDialect.self, path: path)
  }

  /// A session that has started.
  private func session(_ config: String = "{}", engine: String = "speech") throws -> DialectConnection {
    var connection = try connection(engine: engine)
    let request = StreamRequest(format: .standard, engine: engine)
    guard case .start = connection.say(start(config)) else { throw StateError() }
    #expect(connection.write(.started(request)) == [Self.started])
    return connection
  }

  private func start(_ config: String) -> String {
    #"{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"pcm_s16le","sample_rate":16000},"#
      + #""transcription_config":\#(config)}"#
  }

  /// A result as the client gets it.
  private func result(_ type: String, _ start: String, _ end: String, _ content: String) -> String {
    #"{"type":"\#(type)","start_time":\#(start),"end_time":\#(end),"alternatives":[{"content":"\#(content)","#
      + #""confidence":1.0,"language":"en","speaker":"UU"}]}"#
  }

  private func transcript(_ message: String, _ text: String, _ results: String...) -> String {
    #"{"message":"\#(message)","format":"2.9","metadata":{"start_time":0.5,"end_time":1.25,"transcript":"\#(text)"},"#
      + #""results":[\#(results.joined(separator: ","))]}"#
  }

  private func mark(_ content: String, at second: String, endsSentence: Bool) -> String {
    result("punctuation", second, second, content).replacing(
      #""punctuation","#, with: #""punctuation","attaches_to":"previous","is_eos":\#(endsSentence),"#)
  }

  // MARK: The beginning

  @Test func `it is served at its version, with or without a language`() {
    for path in ["/v2", "/v2/", "/v2/en"] { #expect(SpeechmaticsDialect.serves(path)) }
    for path in ["/v2/en/more", "/v1", "/v22", "/"] { #expect(!SpeechmaticsDialect.serves(path)) }
  }

  @Test func `a stream is what StartRecognition says`() throws {
    var connection = try connection()
    let wish =
      #"{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"mulaw","sample_rate":8000},"transcription_config":{"#
      + #""language":"en","model":"enhanced","enable_partials":true,"max_delay":1,"diarization":"speaker","#
      + #""conversation_config":{"end_of_utterance_silence_trigger":0.05}}}"#
    let request = StreamRequest(
      format: AudioFormat(sampleRate: 8000, channels: 1, encoding: .mulaw), engine: "speech", language: "en",
      wantsWords: true, utterances: UtteranceWishes(partials: true, bounds: true, silenceMilliseconds: 100))
    #expect(connection.say(wish) == .start(request, keepsChunks: false))
  }

  @Test(arguments: [
    (#"{"enable_partials":1}"#, "invalid_config", #"enable_partials: expected true or false, got "1""#),
    (#"{"language":"de"}"#, "invalid_language", #"language: expected one of en, got "de""#),
    (
      #"{"conversation_config":{"end_of_utterance_silence_trigger":3}}"#, "invalid_config",
      #"end_of_utterance_silence_trigger: expected seconds from 0 to 2, got "3""#
    ),
  ])
  func `a configuration that can't be honored is an error and the end`(_ config: String, type: String, reason: String)
    throws
  {
    var connection = try connection()
    #expect(connection.say(start(config)) == .nothing)
    #expect(
      connection.output.take() == [
        #"{"message":"Error","type":"\#(type)","reason":"\#(reason.replacing("\"", with: "\\\""))"}"#
      ])
    #expect(connection.output.closed == .init(code: 1003, reason: type))
  }

  @Test(arguments: [
    ("{}", "protocol_error"), ("hello", "invalid_message"), (#"{"message":"EndOfStream"}"#, "protocol_error"),
    (#"{"message":"StartRecognition","audio_format":{"type":"mp3"}}"#, "invalid_audio_type"),
    (#"{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"opus"}}"#, "invalid_audio_type"),
    (
      #"{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"mulaw","sample_rate":1}}"#,
      "invalid_audio_type"
    ),
  ])
  func `what can't be understood, or comes too early, is an error of its type`(_ text: String, type: String) throws {
    var connection = try connection()
    #expect(connection.say(text) == .nothing)
    #expect(connection.output.take().first?.hasPrefix(#"{"message":"Error","type":"\#(type)","#) == true)
    #expect(connection.output.closed?.code == 1003)
  }

  @Test func `audio before the start is an error, and a second start as well`() throws {
    var early = try connection()
    #expect(early.send(Self.audio) == .nothing)
    #expect(early.output.closed == .init(code: 1003, reason: "protocol_error"))
    var late = try session()
    #expect(late.say(start("{}")) == .nothing)
    #expect(late.output.closed == .init(code: 1003, reason: "protocol_error"))
  }

  @Test func `the language of the path counts where the message has none`() throws {
    var connection = try connection(path: "/v2/de")
    #expect(connection.say(start("{}")) == .nothing)
    #expect(connection.output.closed?.reason == "invalid_language")
  }

  @Test(arguments: ["RIFF", "OggS", "\u{1A}", "ID3\u{4}"])
  func `a file begins like one`(_ beginning: String) throws {
    var connection = try connection()
    _ = connection.say(#"{"message":"StartRecognition","audio_format":{"type":"file"}}"#)
    #expect(connection.send(Array(beginning.utf8)) == .file(bytes: beginning.utf8.count))
    #expect(connection.send(Self.audio) == .file(bytes: 3200))
    var other = try self.connection()
    _ = other.say(#"{"message":"StartRecognition","transcription_config":{}}"#)
    #expect(other.send(Array("no file at all".utf8)) == .nothing)
    #expect(other.output.closed == .init(code: 1003, reason: "invalid_audio_type"))
  }

  @Test func `a message of a file is acknowledged when its decoder has it, with the levels of what was decoded`() throws
  {
    var session = try connection()
    _ = session.say(#"{"message":"StartRecognition","audio_format":{"type":"file"}}"#)
    #expect(session.send(Array("OggS".utf8)) == .file(bytes: 4))
    #expect(session.send([]) == .nothing)
    #expect(session.output.take() == [])
    #expect(
      session.tookFile() == [#"{"message":"AudioAdded","seq_no":1}"#, #"{"message":"AudioAdded","seq_no":2}"#])
    #expect(session.write(.result(.silence(1)), .result(.silence(2))) == [])
    #expect(session.send(Self.audio) == .file(bytes: 3200))
    let levels =
      #""audio_service":{"seq":2,"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"start":0.0,"duration":0.2}"#
    #expect(session.tookFile() == [#"{"message":"AudioAdded","seq_no":3,\#(levels)}"#])
  }

  // MARK: The stream

  @Test func `every message of audio is acknowledged in its order, with its levels`() throws {
    var session = try session()
    let levels =
      #""audio_service":{"seq":1,"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"start":0.0,"duration":0.1}"#
    _ = session.send(Self.audio)
    #expect(session.send([]) == .nothing)
    _ = session.send(Self.audio)
    #expect(session.output.take() == [])
    #expect(
      session.write(.result(.silence(1))) == [
        #"{"message":"AudioAdded","seq_no":1,\#(levels)}"#, #"{"message":"AudioAdded","seq_no":2}"#,
      ])
  }

  @Test func `audio that was not recognized is acknowledged with a warning`() throws {
    var session = try session()
    _ = session.send(Self.audio)
    let reason = "Chunk 1 crashed two workers and was not measured"
    #expect(
      session.write(.failed(seq: 1, .poison)) == [
        #"{"message":"AudioAdded","seq_no":1,"audio_service":{"dropped":1}}"#,
        #"{"message":"Warning","type":"data_error","reason":"\#(reason)"}"#,
      ])
    let missing = session.write(.notice(.wordsMissing(seconds: 1..<2.5)))
    #expect(
      missing.first?.contains(#""reason":"recognition had to start again without the sound of 1.0 to 2.5 s""#) == true)
    #expect(session.output.closed == nil)
  }

  @Test func `names that mean nothing here are passed on`() throws {
    let start = try JSONValue(
      parsing: #"""
        {"message":"StartRecognition","audio_format":{"type":"raw","bits":16},
        "transcription_config":{"language":"en","max_delay":1},"turn_config":{"turn_detection_mode":"vad"}}
        """#)
    #expect(SpeechmaticsConfig.ignored(in: start, isAgent: false) == ["turn_config", "bits", "max_delay"])
    #expect(SpeechmaticsConfig.ignored(in: start, isAgent: true) == ["bits", "max_delay"])
  }

  @Test func `words and marks are apart, and a final ends in a blank`() throws {
    var session = try session()
    #expect(
      session.write(.update(.partial(1, "Yes")), .update(.final(1, "Yes, — sir!", .silence))) == [
        transcript(
          "AddTranscript", "Yes, — sir! ", result("word", "0.5", "0.875", "Yes"),
          mark(",", at: "0.875", endsSentence: false), mark("—", at: "0.875", endsSentence: false),
          result("word", "0.875", "1.25", "sir"), mark("!", at: "1.25", endsSentence: true))
      ])
    #expect(session.write(.update(.final(2, "", .silence))) == [])
  }

  @Test func `partials are sent if asked for, when the text has changed`() throws {
    var session = try session(#"{"enable_partials":true}"#)
    let partial = TranscriptUpdate.partial(1, "50% off")
    #expect(
      session.write(.update(partial), .update(partial)) == [
        transcript(
          "AddPartialTranscript", "50% off", result("word", "0.5", "0.821", "50%"),
          result("word", "0.821", "1.25", "off"))
      ])
  }

  @Test func `the end of an utterance is told after silence, if that was asked for, or when forced`() throws {
    func end(_ second: String) -> String {
      #"{"message":"EndOfUtterance","metadata":{"start_time":\#(second),"end_time":\#(second)}}"#
    }
    var session = try session(#"{"conversation_config":{"end_of_utterance_silence_trigger":0.5}}"#)
    #expect(session.write(.update(.final(1, "Yes.", .silence))).last == end("1.25"))
    #expect(session.write(.update(.final(2, "Yes.", .length))).count == 1)
    // The speaker said nothing more.
    let rest = Segment(number: 3, start: 1.25, end: 2, text: "")
    #expect(
      session.write(.update(TranscriptUpdate(segment: rest, stableWords: 0, isFinal: true, ending: .silence))) == [
        end("2.0")
      ])
    #expect(session.say(#"{"message":"ForceEndOfUtterance","timestamp":1.5}"#) == .flush)
    #expect(session.write(.update(.final(4, "Yes.", .request)), .flushed(seq: 20, last: .silence(20))).count == 2)
    var other = try self.session()
    #expect(other.write(.update(.final(1, "Yes.", .silence))).count == 1)
  }

  @Test func `the end has the receipt and a close, and nothing is read after it`() throws {
    var session = try session()
    #expect(session.say(#"{"message":"EndOfStream","last_seq_no":7}"#) == .stop)
    #expect(session.send(Self.audio) == .nothing)
    let receipt = StreamReceipt(
      totals: StreamTotals(chunks: 1, bytes: 3200, processed: 1), duration: 0.1, levels: Levels())
    let messages = session.write(.flushed(seq: 0, last: nil), .receipt(receipt), .closing(.complete))
    #expect(messages.count == 1)
    #expect(messages[0].hasPrefix(#"{"message":"EndOfTranscript","audio_service":{"receipt":{"chunks":1,"#))
    #expect(session.output.closed == .init(code: 1000, reason: ""))
  }

  @Test func `other messages do no harm`() throws {
    var session = try session()
    #expect(session.say(#"{"message":"SetRecognitionConfig","transcription_config":{}}"#) == .nothing)
    #expect(session.output.take() == [])
    #expect(session.say(#"{"message":"GetSpeakers"}"#) == .nothing)
    #expect(session.output.take() == [#"{"message":"SpeakersResult","speakers":[]}"#])
  }

  @Test func `an engine with one text a chunk has one utterance a message`() throws {
    var session = try session(engine: "mock")
    _ = session.send(Self.audio)
    let messages = session.write(.result(.silence(1), text: ChunkText(segment: 1, text: "Mock")))
    #expect(messages.count == 2 && messages[1].contains(#""transcript":"Mock ""#))
  }

  @Test func `a failure of the server's, or its end, is told`() throws {
    var failing = try session()
    #expect(failing.write(.failed(seq: 1, .worker("no memory"))).last?.contains(#""type":"job_error""#) == true)
    #expect(failing.output.closed?.code == 1011)
    var leaving = try session()
    #expect(leaving.write(.closing(.goingAway)) == [#"{"message":"EndOfTranscript"}"#])
    #expect(leaving.output.closed?.code == 1001)
  }

  @Test func `a refused request has the reason`() {
    let response = SpeechmaticsDialect.rejection(.tokenMissing).response
    #expect(response.status == 401)
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"code":401,"error":"Access token required"}"#)
  }
}
