import Audio
import JSON
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

struct RealtimeDialectTests: RealtimeMessages {
  // MARK: The session

  @Test func `the session is told at once, and works as it is`() throws {
    var engines = EngineList(standard: "speech", enabled: ["speech"])
    engines.update(EngineList.both.statuses)
    var connection = try DialectConnection(engines: engines, of: RealtimeDialect.self, path: "/v1/realtime")
    connection.open()
    #expect(
      connection.output.take() == [
        #"{"type":"session.created","event_id":"event_1","session":{"type":"transcription","id":"sess_00000000000000000000000000000abc","object":"realtime.transcription_session","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}}}}}"#
      ])
    let request = StreamRequest(
      format: AudioFormat(sampleRate: 24_000, channels: 1, encoding: .s16le), engine: "speech",
      utterances: UtteranceWishes(partials: true, bounds: true))
    #expect(connection.request == request)
    #expect(connection.say(append) == .audio(bytes: 4))
  }

  @Test func `keys that are there replace, others stay, and null turns the detection off`() throws {
    var session = try session()
    let format = AudioFormat(sampleRate: 8000, channels: 1, encoding: .mulaw)
    #expect(
      session.say(update(#"{"format":{"type":"audio/pcmu"},"noise_reduction":{"type":"near_field"},"other":[1]}"#))
        == .start(
          StreamRequest(
            format: format, engine: "speech", utterances: UtteranceWishes(partials: true, bounds: true)),
          keepsChunks: false))
    #expect(
      session.say(update(#"{"turn_detection":null}"#))
        == .start(
          StreamRequest(
            format: format, engine: "speech", utterances: UtteranceWishes(partials: false, bounds: true)),
          keepsChunks: false))
    #expect(
      session.output.take().last?.hasSuffix(
        #""input":{"format":{"type":"audio/pcmu"},"transcription":null,"noise_reduction":{"type":"near_field"},"turn_detection":null,"other":[1]}}}}"#
      ) == true)
    // Nothing has changed that the stream has to know.
    #expect(session.say(update(#"{"noise_reduction":null}"#)) == .nothing)
  }

  @Test func `the silence that ends a turn is the engine's by default, and within limits`() throws {
    for (wish, silence) in [("500", nil), ("200", 200), ("5", 100), ("9000", 2000)] as [(String, Int?)] {
      var session = try session()
      let asked = session.say(update(#"{"turn_detection":{"type":"semantic_vad","silence_duration_ms":\#(wish)}}"#))
      if let silence {
        guard case .start(let request, _, _) = asked else { throw StateError() }
        #expect(request.utterances.silenceMilliseconds == silence)
      } else {
        #expect(asked == .nothing)
      }
    }
  }

  @Test func `the beta's update has flat keys and its own answer`() throws {
    var session = try session()
    let asked = session.say(
      #"{"type":"transcription_session.update","session":{"input_audio_format":"g711_alaw","input_audio_transcription":{"model":"whisper-1"},"turn_detection":null}}"#
    )
    guard case .start(let request, _, _) = asked else { throw StateError() }
    #expect(request.format == AudioFormat(sampleRate: 8000, channels: 1, encoding: .alaw))
    #expect(
      session.output.take() == [
        #"{"type":"transcription_session.updated","event_id":"event_2","session":{"id":"sess_00000000000000000000000000000abc","object":"realtime.transcription_session","input_audio_format":"g711_alaw","input_audio_transcription":{"model":"whisper-1"},"input_audio_noise_reduction":null,"turn_detection":null}}"#
      ])
  }

  @Test(arguments: [
    (#"{"type":"input_audio_buffer.append","audio":"AAAA"}"#, 3),
    (#" { "event_id" : null , "audio":"\/\u002B8=", "n":-1.5e3,"type":"input_audio_buffer\u002eappend" } "#, 2),
    (#"{"x":[1],"type":"input_audio_buffer.append","audio":"AAAA"}"#, 3),
    // Far more than any other message may have.
    (#"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "AAAA", count: 1 << 18))"}"#, 3 << 18),
    (#"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "A\\u002BA\\/", count: 1 << 18))"}"#, 3 << 18),
  ])
  func `audio is taken however its text is written and however long it is`(text: String, bytes: Int) throws {
    var session = try session()
    #expect(session.say(text) == .audio(bytes: bytes))
    #expect(session.output.take() == [])
  }

  @Test(arguments: [
    ("hello", "invalid_json", "null"), (#"{"type":"response.create"}"#, "unknown_event", "null"),
    (#"{"type":"input_audio_buffer.append","audio":"\x"}"#, "invalid_json", "null"),
    (#"{"type":"input_audio_buffer.append","audio":"a"}"#, "invalid_value", #""audio""#),
    (#"{"type":"input_audio_buffer.append"}"#, "invalid_value", #""audio""#),
    (#"{"type":"input_audio_buffer.commit"}"#, "input_audio_buffer_commit_empty", "null"),
    (#"{"type":"session.update","session":[]}"#, "invalid_value", #""session""#),
    (
      #"{"type":"session.update","session":{"audio":{"input":{"format":{"type":"audio/opus"}}}}}"#, "invalid_value",
      #""session.audio.input.format.type""#
    ),
    (
      #"{"type":"session.update","session":{"audio":{"input":{"format":{"type":"audio/pcm","rate":1}}}}}"#,
      "invalid_value", #""session.audio.input.format.rate""#
    ),
    (
      #"{"type":"session.update","session":{"audio":{"input":{"transcription":{"language":"de"}}}}}"#,
      "invalid_value", #""language""#
    ),
  ])
  func `a mistake is an error that names the event, and the session goes on`(
    _ text: String, code: String, parameter: String
  ) throws {
    var session = try session()
    let named = text.hasPrefix("{") ? text.dropLast() + #","event_id":"mine"}"# : text
    #expect(session.say(String(named)) == .nothing)
    let error = try #require(session.output.take().first)
    #expect(
      error.hasPrefix(
        #"{"type":"error","event_id":"event_2","error":{"type":"invalid_request_error","code":"\#(code)","#))
    #expect(error.contains(#""param":\#(parameter),"event_id":\#(text.hasPrefix("{") ? #""mine""# : "null")}"#))
    #expect(session.output.closed == nil)
    #expect(session.say(append) == .audio(bytes: 4))
  }

  @Test func `a binary message is a mistake, and the format can't change after audio`() throws {
    var session = try session()
    #expect(session.send([1, 2]) == .nothing)
    _ = session.say(append)
    #expect(session.say(update(#"{"format":{"type":"audio/pcma"}}"#)) == .nothing)
    #expect(session.say(update(#"{"format":{"type":"audio/pcm","rate":24000}}"#)) == .nothing)
    let types = session.output.take().map { $0.prefix(22) }
    #expect(types == [#"{"type":"error","event"#, #"{"type":"error","event"#, #"{"type":"session.updat"#])
  }

  @Test func `audio that is no chunk is a mistake`() throws {
    var session = try session()
    let audio = String(repeating: "AAAA", count: (16 << 20) / 3 + 1)
    #expect(session.say(#"{"type":"input_audio_buffer.append","audio":"\#(audio)"}"#) == .nothing)
    #expect(session.output.take().last?.contains(#"audio: expected at most 16777216 bytes, got \"16777218\""#) == true)
  }

  // MARK: Turns

  @Test func `a turn is told from its begin to its text`() throws {
    var session = try session()
    #expect(told(session.write(.update(.begun(1, 0.5)))) == [started("item_1")])
    #expect(
      told(session.write(partial(1, "He was not", stable: 2), partial(1, "He was not an", stable: 3)), from: 3) == [
        delta("item_1", "He was"), delta("item_1", " not"),
      ])
    #expect(
      told(session.write(.update(.over(1, .silence)), .update(.final(1, "He was not ill.", .silence))), from: 5)
        == [stopped("item_1")] + item("item_1") + [completed("item_1", "He was not ill.")])
    let next = session.write(.update(.final(2, "", .silence)))
    #expect(
      told(next, from: 10) == [started("item_2"), stopped("item_2")] + item("item_2", after: #""item_1""#)
        + [completed("item_2", "")])
  }

  @Test func `what a later look contradicts ends the deltas, what it leaves open does not`() throws {
    var session = try session()
    _ = session.write(.update(.begun(1, 0.5)), partial(1, "one two", stable: 2))
    #expect(session.write(partial(1, "one two three", stable: 1)) == [])
    #expect(told(session.write(partial(1, "one two three", stable: 3)), from: 4) == [delta("item_1", " three")])
    #expect(session.write(partial(1, "one too three four", stable: 4)) == [])
    #expect(session.write(partial(1, "one two three four", stable: 4)) == [])
  }

  @Test func `a turn goes on where an utterance was cut`() throws {
    var session = try session()
    _ = session.write(.update(.begun(1, 0.5)), partial(1, "one two", stable: 1))
    #expect(told(session.write(.update(.final(1, "one two", .length))), from: 4) == [delta("item_1", " two")])
    #expect(session.write(.update(.begun(2, 1.25))) == [])
    #expect(told(session.write(partial(2, "three", stable: 1)), from: 5) == [delta("item_1", " three")])
    let messages = session.write(.update(.final(2, "three four", .silence)))
    #expect(messages.last?.contains(#""transcript":"one two three four""#) == true)
  }

  @Test func `the next turn may begin before the text of the one before is known`() throws {
    var session = try session()
    let begun = session.write(.update(.over(1, .silence)), .update(.begun(2, 3)))
    #expect(told(begun) == [started("item_1"), stopped("item_1")] + item("item_1") + [started("item_2", 3000)])
    #expect(told(session.write(.update(.final(1, "one", .silence))), from: 8) == [completed("item_1", "one")])
  }

  @Test func `a commit ends the turn at hand, or is answered with one without words`() throws {
    var session = try session()
    _ = session.say(append)
    _ = session.write(.update(.begun(1, 0.5)))
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .flush)
    let messages = session.write(.update(.final(1, "one", .request)), .flushed(seq: 1, last: nil))
    #expect(told(messages, from: 3) == [stopped("item_1")] + item("item_1") + [completed("item_1", "one")])
    _ = session.say(append)
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .flush)
    #expect(
      told(session.write(.flushed(seq: 2, last: nil)), from: 8) == item("item_2", after: #""item_1""#)
        + [completed("item_2", "", seconds: "0.0")])
  }

  @Test func `without detection a commit has everything since the last one`() throws {
    var session = try session()
    _ = session.say(update(#"{"turn_detection":null}"#))
    _ = session.output.take()
    _ = session.say(#"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "AAAA", count: 16_000))"}"#)
    #expect(session.write(.update(.begun(1, 0.5)), .update(.final(1, "one", .silence))) == [])
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .flush)
    #expect(told(session.output.take(), from: 3) == item("item_1"))
    #expect(
      told(session.write(.update(.final(2, "two", .request)), .flushed(seq: 1, last: nil)), from: 6) == [
        completed("item_1", "one two", seconds: "1.25")
      ])
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .nothing)
  }

  @Test func `turn detection that is switched on makes an item of what was said before, and takes none of its words`()
    throws
  {
    var session = try session()
    let second = #"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "AAAA", count: 16_000))"}"#
    _ = session.say(update(#"{"turn_detection":null}"#))
    _ = session.say(second)
    _ = session.output.take()
    #expect(session.write(.update(.final(1, "one", .silence))) == [])
    #expect(session.say(update(#"{"turn_detection":{"type":"server_vad"}}"#)) == .flush)
    let answers = session.output.take()
    #expect(answers.first?.contains(#""type":"session.updated""#) == true)
    #expect(told(Array(answers.dropFirst()), from: 4) == item("item_1"))
    #expect(
      told(session.write(.update(.final(2, "two", .request)), .flushed(seq: 1, last: nil)), from: 7) == [
        completed("item_1", "one two", seconds: "1.25")
      ])
    _ = session.say(second)
    let turn = session.write(.update(.begun(3, 1)))
    #expect(told(turn, from: 8) == [started("item_2", 1000)])
  }

  @Test func `the seconds of a turn that ended by itself are not counted again`() throws {
    var session = try session()
    let second = #"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "AAAA", count: 16_000))"}"#
    for _ in 1...2 { _ = session.say(second) }
    _ = session.write(.update(.begun(1, 0.5)), .update(.final(1, "one", .silence)))
    _ = session.say(update(#"{"turn_detection":null}"#))
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .flush)
    let last = session.write(.flushed(seq: 2, last: nil)).last
    // Two seconds came, 1.25 of them are the turn's.
    #expect(last?.contains(#""usage":{"type":"duration","seconds":0.75}"#) == true)
  }

  @Test func `settings that are not honored are kept within limits`() throws {
    var session = try session()
    let many = (1...65).map { #""a\#($0)":0"# }.joined(separator: ",")
    let long = String(repeating: "a", count: 40_000)
    #expect(session.say(update(#"{"other":"\#(long)"}"#)) == .nothing)
    #expect(session.output.take().last?.contains(#""other":"aaa"#) == true)
    for (input, reason) in [
      ("{\(many)}", "session.audio.input: expected at most 64 members, got 65"),
      (#"{"turn_detection":{\#(many)}}"#, "turn_detection: expected at most 64 members, got 65"),
      (#"{"more":"\#(long)"}"#, "session: expected at most 65536 bytes in all, got 80"),
    ] {
      #expect(session.say(update(input)) == .nothing)
      let error = try #require(session.output.take().last)
      #expect(error.contains(reason), "\(error)")
    }
    #expect(session.say(#"{"type":"session.update","session":"\#(long)\#(long)"}"#) == .nothing)
    #expect(session.output.take().last?.contains("or at most 65536 bytes, got 8") == true)
  }

  @Test func `what was cleared is never told`() throws {
    var session = try session()
    _ = session.say(#"{"type":"input_audio_buffer.append","audio":"\#(String(repeating: "AAAA", count: 16_000))"}"#)
    _ = session.write(.update(.begun(1, 0.5)))
    #expect(session.say(#"{"type":"input_audio_buffer.clear"}"#) == .flush)
    #expect(session.output.take().count == 1)
    #expect(session.write(.update(.final(1, "one", .request)), .flushed(seq: 1, last: nil)) == [])
    let late = Segment(number: 2, start: 1.0, end: 1.9, text: "two")
    #expect(
      session.write(.update(TranscriptUpdate(segment: late, stableWords: 0, isFinal: true, ending: .silence)))
        .last?.contains("two") == true)
  }

  @Test func `an engine with one text a chunk has one turn a message`() throws {
    var session = try session([("model", "mock")])
    _ = session.say(append)
    let messages = session.write(.result(.silence(1), text: ChunkText(segment: 1, text: "Mock")))
    let levels =
      #","audio_service":{"seq":1,"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"start":0.0,"duration":0.1}"#
    #expect(
      told(messages) == [started("item_1", 0), stopped("item_1", 100)] + item("item_1")
        + [completed("item_1", "Mock", seconds: "0.1", extras: levels)])
  }

  @Test func `sound that cannot be read is an error with the reason, then the end`() throws {
    var session = try session()
    let messages = session.write(.closing(.unsupported(seq: 1, WaveHeaderError(message: "WAV header: bad"))))
    #expect(messages.count == 1)
    #expect(messages.first?.contains(#""message":"WAV header: bad""#) == true)
    #expect(session.output.closed?.code == 1003)
  }

  // MARK: Requests

  @Test func `the subprotocol of browsers is agreed to`() throws {
    let request = HTTPRequest(
      method: "GET", path: "/v1/realtime",
      headers: [("sec-websocket-protocol", "realtime, openai-insecure-api-key.abc")])
    #expect(try RealtimeDialect.open(request, .both).subprotocol == "realtime")
  }

  @Test func `a refusal has OpenAI's form`() {
    let response = RealtimeDialect.rejection(.tokenUnknown).response
    #expect(response.status == 401)
    #expect(
      String(decoding: response.body, as: UTF8.self)
        == #"{"error":{"message":"Unknown access token","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#
    )
  }
}
