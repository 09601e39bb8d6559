import Audio
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

struct DeepgramDialectTests {
  private static let query = [("encoding", "linear16"), ("sample_rate", "16000"), ("model", "nova-3")]
  private static let audio = [UInt8](repeating: 1, count: 3200)
  private static let levels =
    #""audio_service":{"seq":1,"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"start":0.0,"duration":0.1}"#

  private func connection(_ query: [(String, String)] = [], engine: String = "speech") throws -> DialectConnection {
    var engines = EngineList(standard: engine, enabled: ["mock", "speech"])
    engines.update(EngineList.speech(languages: ["en"]).statuses)
    return try DialectConnection(Self.query + query, engines: engines, of: DeepgramDialect.self, path: "/v1/listen")
  }

  /// A result as the client gets it.
  private func results(
    _ start: String, _ duration: String, _ words: String = "[]", _ text: String = "", isFinal: Bool = true,
    isSpeechFinal: Bool = false, isFinalized: Bool = false, extras: String = ""
  ) -> String {
    #"{"type":"Results","channel_index":[0,1],"duration":\#(duration),"start":\#(start),"is_final":\#(isFinal),"#
      + #""speech_final":\#(isSpeechFinal),"from_finalize":\#(isFinalized),"channel":{"alternatives":[{"transcript":"\#(text)","#
      + #""confidence":1.0,"words":\#(words)}]},"metadata":{"request_id":"00000000-0000-0000-0000-000000000abc","#
      + #""model_info":{"name":"m","version":"1","arch":"m"},"model_uuid":"\#(ServiceID.text(ofModel: "m"))"}"#
      + (extras.isEmpty ? "}" : ",\(extras)}")
  }

  private static let yesSir =
    #"[{"word":"yes","start":0.5,"end":0.875,"confidence":1.0,"punctuated_word":"Yes, —"},"#
    + #"{"word":"sir","start":0.875,"end":1.25,"confidence":1.0,"punctuated_word":"sir!"}]"#

  private static let yes = #"[{"word":"yes","start":0.5,"end":1.25,"confidence":1.0,"punctuated_word":"Yes."}]"#

  // MARK: Channels

  @Test func `each channel has its own results, and all of them one end`() throws {
    let items = (Self.query + [("multichannel", "true"), ("channels", "2")]).map {
      HTTPRequest.QueryItem(name: $0.0, value: $0.1)
    }
    let opening = try DeepgramDialect.open(
      HTTPRequest(method: "GET", path: "/v1/listen", query: items), EngineList.speech(languages: ["en"]))
    let identity = SessionIdentity(clientID: 7, name: .test, openedAt: "now")
    var channels = try #require(opening.channels?.dialects(identity, 2))
    let output = CollectedOutput()
    func say(_ text: String, to channel: Int) {
      _ = Array(text.utf8).withUnsafeBytes { channels[channel].receive(.text($0), .both, to: output) }
    }
    for index in 0..<2 {
      say(#"{"type":"Configure"}"#, to: index)
      channels[index].write(.update(.final(1, "Yes.", .silence)), to: output)
      say(#"{"type":"Finalize"}"#, to: index)
      channels[index].write(.flushed(seq: 1, last: nil), to: output)
      say(#"{"type":"CloseStream"}"#, to: index)
      channels[index].write(.flushed(seq: 1, last: nil), to: output)
    }
    let messages = output.take()
    #expect(messages.filter { $0.hasPrefix(#"{"type":"ConfigureSuccess""#) }.count == 1)
    for index in 0..<2 {
      let own = messages.filter { $0.hasPrefix(#"{"type":"Results","channel_index":[\#(index),2]"#) }
      #expect(own.map { $0.contains(#""from_finalize":true"#) } == [false, true])
    }
    var receipt = StreamReceipt(
      totals: StreamTotals(), duration: 2, levels: Levels(samples: 1, sumOfSquares: 0.5, peak: 0.5, clipped: 0))
    receipt.totals = StreamTotals(chunks: 3, bytes: 128_000, processed: 3)
    channels[1].write(.receipt(receipt), to: output)
    #expect(output.take() == [])
    channels[0].write(.receipt(receipt), to: output)
    let metadata = try #require(output.take().last)
    #expect(metadata.contains(#""duration":2.0,"channels":2,"#) && metadata.contains(#""chunks":6,"bytes":128000,"#))
    for index in 0..<2 { channels[index].write(.closing(.goingAway), to: output) }
    #expect(output.take() == [])
  }

  // MARK: Results

  @Test func `a final has every key, joins on to the one before, and says whether silence ended it`() throws {
    var connection = try connection()
    #expect(connection.send(Self.audio) == .audio(bytes: 3200))
    #expect(connection.write(.result(.silence(1))) == [])
    #expect(
      connection.write(.update(.final(1, "Yes, — sir!", .silence))) == [
        results("0.0", "1.25", Self.yesSir, "Yes, — sir!", isSpeechFinal: true, extras: Self.levels)
      ])
    let next = Segment(number: 2, start: 2, end: 3, text: "No.")
    let words = #"[{"word":"no","start":2.0,"end":3.0,"confidence":1.0,"punctuated_word":"No."}]"#
    #expect(
      connection.write(.update(TranscriptUpdate(segment: next, stableWords: 1, isFinal: true, ending: .length))) == [
        results("1.25", "1.75", words, "No.")
      ])
  }

  @Test func `an interim is sent only if asked for, begins where its final will, and is not repeated`() throws {
    var quiet = try connection()
    #expect(quiet.request.utterances == UtteranceWishes(partials: false, bounds: true))
    #expect(quiet.write(.update(.partial(1, "Yes."))) == [])
    var connection = try connection([("interim_results", "True")])
    #expect(connection.request.utterances.partials)
    #expect(
      connection.write(.update(.partial(1, "Yes.")), .update(.partial(1, "Yes."))) == [
        results("0.0", "1.25", Self.yes, "Yes.", isFinal: false)
      ])
  }

  @Test func `speech begins once an utterance, and not where one was cut`() throws {
    var connection = try connection([("vad_events", "true")])
    let started = #"{"type":"SpeechStarted","channel":[0,1],"timestamp":0.5}"#
    #expect(connection.write(.update(.begun(1, 0.5)), .update(.begun(1, 0.5))) == [started])
    #expect(connection.write(.update(.final(1, "Yes.", .length))).count == 1)
    #expect(connection.write(.update(.begun(2, 1.25))) == [])
    // Nothing more was said: the client is told that the speech it has heard of is over.
    let rest = Segment(number: 2, start: 1.25, end: 2, text: "")
    #expect(
      connection.write(.update(TranscriptUpdate(segment: rest, stableWords: 0, isFinal: true, ending: .silence))) == [
        results("1.25", "0.75", isSpeechFinal: true)
      ])
  }

  @Test func `an utterance without words has no result`() throws {
    var connection = try connection()
    #expect(connection.write(.update(.begun(1, 0.5)), .update(.final(1, "", .silence))) == [])
  }

  @Test func `with endpointing off, silence ends nothing`() throws {
    var connection = try connection([("endpointing", "false")])
    #expect(connection.write(.update(.final(1, "Yes.", .silence))) == [results("0.0", "1.25", Self.yes, "Yes.")])
  }

  @Test func `UtteranceEnd comes once, when enough audio without a word was heard`() throws {
    var connection = try connection([("utterance_end_ms", "1000"), ("interim_results", "true")])
    let end = #"{"type":"UtteranceEnd","channel":[0,1],"last_word_end":1.25}"#
    #expect(connection.write(.update(.final(1, "Yes.", .silence))).count == 1)
    #expect(connection.write(.heard(seconds: 2.2)) == [])
    #expect(connection.write(.heard(seconds: 2.25), .heard(seconds: 9)) == [end])
    // The next utterance begins late enough, though its audio is heard in the same moment.
    #expect(connection.write(.update(.final(2, "Yes.", .silence))).count == 1)
    #expect(connection.write(.update(.begun(3, 2)), .heard(seconds: 4)) == [])
    #expect(connection.write(.update(.final(3, "", .silence)), .update(.begun(4, 4))) == [end])
  }

  @Test func `an engine with one text a chunk has one utterance a message`() throws {
    var connection = try connection([("vad_events", "true")], engine: "mock")
    _ = connection.send(Self.audio)
    let messages = connection.write(.result(.silence(1), text: ChunkText(segment: 1, text: "Mock")))
    #expect(messages.first == #"{"type":"SpeechStarted","channel":[0,1],"timestamp":0.0}"#)
    #expect(messages.last?.contains(#""is_final":true,"speech_final":true"#) == true)
    #expect(messages.last?.contains(#""name":"mock""#) == true)
  }

  // MARK: Requests

  @Test func `each Finalize has one answer: what was open, or nothing`() throws {
    var connection = try connection()
    #expect(connection.say(#"{"type":"Finalize"}"#) == .flush)
    #expect(connection.say(#"{"type":"Finalize"}"#) == .flush)
    #expect(
      connection.write(.update(.final(1, "Yes.", .request)), .flushed(seq: 1, last: .silence(1))) == [
        results("0.0", "1.25", Self.yes, "Yes.", isFinalized: true)
      ])
    #expect(connection.write(.flushed(seq: 1, last: .silence(1))) == [results("1.25", "0.0", isFinalized: true)])
    // An utterance that silence ended before is not its answer.
    #expect(connection.say(#"{"type":"Finalize"}"#) == .flush)
    let segment = Segment(number: 2, start: 2, end: 3, text: "")
    _ = connection.write(.update(TranscriptUpdate(segment: segment, stableWords: 0, isFinal: true, ending: .silence)))
    #expect(connection.write(.flushed(seq: 40, last: .silence(40))) == [results("1.25", "2.75", isFinalized: true)])
  }

  @Test func `CloseStream is answered with the rest, metadata and a close`() throws {
    var connection = try connection()
    _ = connection.send(Self.audio)
    _ = connection.write(.result(.silence(1)))
    #expect(connection.say(#"{"type":"CloseStream"}"#) == .stop)
    #expect(connection.send(Self.audio) == .nothing)
    #expect(connection.say("not JSON") == .nothing)
    #expect(
      connection.write(.flushed(seq: 1, last: .silence(1))) == [results("0.0", "0.1", extras: Self.levels)])
    var receipt = StreamReceipt(
      totals: StreamTotals(chunks: 1, bytes: 3200, processed: 1), duration: 0.1, levels: Levels())
    receipt.sha256 = "ab"
    #expect(
      connection.write(.receipt(receipt), .closing(.complete)) == [
        #"{"type":"Metadata","transaction_key":"deprecated","request_id":"00000000-0000-0000-0000-000000000abc","sha256":"ab","created":"2026-01-01T00:00:00.000Z","duration":0.1,"channels":1,"audio_service":{"receipt":{"chunks":1,"bytes":3200,"duration":0.1,"rms":0.0,"peak":0.0,"clipped":0,"sha256":"ab","processed":1,"dropped":0,"replayed":0}}}"#
      ])
    #expect(connection.output.closed == .init(code: 1000, reason: ""))
  }

  @Test func `other messages are taken: none at all, of another type, empty`() throws {
    var connection = try connection()
    #expect(connection.say(#"{"type":"KeepAlive"}"#) == .nothing)
    #expect(connection.say(#"{"type":"Dance"}"#) == .nothing)
    #expect(connection.send([]) == .nothing)
    #expect(connection.output.take() == [])
    #expect(connection.say(#"{"type":"Configure","features":{}}"#) == .nothing)
    #expect(
      connection.output.take() == [
        #"{"type":"ConfigureSuccess","request_id":"00000000-0000-0000-0000-000000000abc"}"#
      ])
    #expect(connection.output.closed == nil)
  }

  @Test(arguments: ["hello", "[1]", ""])
  func `a text that is no object closes the connection`(_ text: String) throws {
    var connection = try connection()
    #expect(connection.say(text) == .nothing)
    let reason = "DATA-0000 message: expected a JSON object, got \"\(text)\""
    #expect(connection.output.closed == .init(code: 1008, reason: reason))
  }

  @Test(arguments: [
    (CloseReason.silent, 1011, "NET-0001 expected audio or KeepAlive within 10 s"), (.left, 1000, ""),
    (.slowReader, 1013, "the replies were not read"),
  ])
  func `a close has the protocol's own code and reason`(_ reason: CloseReason, code: Int, phrase: String) throws {
    var connection = try connection()
    #expect(connection.write(.closing(reason)) == [])
    #expect(connection.output.closed == .init(code: code, reason: phrase))
  }

  @Test func `a worker that does not serve the stream ends it, a chunk that kills workers does not`() throws {
    var connection = try connection()
    #expect(connection.say(#"{"type":"Finalize"}"#) == .flush)
    let answer = connection.write(.failed(seq: 1, .poison), .flushed(seq: 1, last: nil))
    #expect(answer == [results("0.0", "0.0", isFinalized: true, extras: #""audio_service":{"dropped":1}"#)])
    #expect(connection.say(#"{"type":"Finalize"}"#) == .flush)
    let next = connection.write(.notice(.wordsMissing(seconds: 1..<2.5)), .flushed(seq: 1, last: nil))
    #expect(next.last?.contains(#""audio_service":{"missing":[1.0,2.5]}"#) == true)
    #expect(connection.output.closed == nil)
    _ = connection.write(.failed(seq: 2, .worker("no memory")))
    #expect(connection.output.closed == .init(code: 1011, reason: "NET-0000 no memory"))
  }

  @Test func `when the server goes, the stream has its metadata`() throws {
    var connection = try connection()
    let messages = connection.write(.result(.silence(1)), .closing(.goingAway))
    #expect(messages.count == 1 && messages[0].contains(#""duration":0.1,"#))
    #expect(connection.output.closed?.code == 1001)
  }

  @Test(arguments: ["RI", "OggS", "\u{1A}", "fLaC", "ID3\u{4}"])
  func `without an encoding the beginning of a file is expected`(_ beginning: String) throws {
    var connection = try DialectConnection(of: DeepgramDialect.self, path: "/v1/listen")
    #expect(connection.send(Array(beginning.utf8)) == .file(bytes: beginning.utf8.count))
    #expect(connection.send(Self.audio) == .file(bytes: 3200))
    var other = try DialectConnection(of: DeepgramDialect.self, path: "/v1/listen")
    #expect(other.send(Array("no file at all".utf8)) == .nothing)
    #expect(
      other.output.closed
        == .init(
          code: 1008, reason: "DATA-0000 expected a file, or samples with encoding and sample_rate in the URL"))
  }

  @Test func `what can't be decoded further is a close with the reason, of which all bytes are sent`() throws {
    var connection = try connection()
    let error = WaveHeaderError(message: "audio: Ogg that can't be decoded further: CRC mismatch!")
    #expect(connection.write(.closing(.unsupported(seq: 3, error))).isEmpty)
    #expect(
      connection.output.closed
        == .init(code: 1008, reason: "DATA-0000 audio: Ogg that can't be decoded further: CRC mismatch!"))
  }

  @Test func `another product's path is not found, in Deepgram's form`() throws {
    #expect(DeepgramDialect.serves("/v2/listen"))
    let request = HTTPRequest(method: "GET", path: "/v2/listen")
    let rejection = #expect(throws: Rejection.self) { try DeepgramDialect.open(request, .both) }
    #expect(rejection?.response.status == 404)
    #expect(rejection.map { String(decoding: $0.response.body, as: UTF8.self).contains(#""NOT_FOUND""#) } == true)
  }
}
