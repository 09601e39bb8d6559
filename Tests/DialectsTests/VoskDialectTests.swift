import Audio
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

struct VoskDialectTests {
  private static let extras =
    #","audio_service":{"seq":1,"rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"start":0.0,"duration":0.1}}"#
  private static let audio = [UInt8](repeating: 1, count: 3200)

  private func connection(engine: String = "speech") throws -> DialectConnection {
    var engines = EngineList(standard: engine, enabled: ["mock", "speech"])
    engines.update(EngineList.both.statuses)
    return try DialectConnection(engines: engines, of: VoskDialect.self, path: "/")
  }

  private func request(_ sampleRate: Int) -> StreamRequest {
    StreamRequest(
      format: AudioFormat(sampleRate: sampleRate, channels: 1, encoding: .s16le), engine: "speech", wantsWords: true)
  }

  @Test func `it is served at the root and at its name`() {
    #expect(VoskDialect.serves("/") && VoskDialect.serves("/vosk"))
    #expect(!VoskDialect.serves("/api/audio/ws"))
  }

  // MARK: Messages

  @Test func `audio is 8000 Hz unless a config says so, which is not answered`() throws {
    var connection = try connection()
    #expect(connection.request == request(8000))
    #expect(
      connection.say(#"{"config": {"sample_rate": 16000.0, "phrase_list": ["a"]}}"#)
        == .start(request(16000), keepsChunks: false))
    #expect(connection.say(#"{"config":{"sample_rate":16000,"words":0,"model":"other"}}"#) == .nothing)
    #expect(connection.output.take() == [])
  }

  @Test(arguments: ["{\"eof\" : 1}", "{\"eof\":1}", "{\"eof\": true}", "\n{ \"eof\":1 }"], [true, false])
  func `the end is understood in any spelling, as text or binary`(_ text: String, isBinary: Bool) throws {
    var connection = try connection()
    #expect((isBinary ? connection.send(Array(text.utf8)) : connection.say(text)) == .stop)
    #expect(connection.send(Self.audio) == .nothing)
  }

  @Test(arguments: [
    ("stop", #"expected a JSON object, got "stop""#),
    ("[1]", #"expected {"config": {…}}, {"eof": 1} or {"reset": 1}, got "[1]""#),
    (#"{"config":{"sample_rate":7}}"#, #"sample_rate: expected 8000 to 384000, got "7""#),
    (#"{"config":{"sample_rate":16000.5}}"#, #"sample_rate: expected 8000 to 384000, got "16000.5""#),
    (#"{"config":{"words":2}}"#, #"words: expected true or false, got "2""#),
    (#"{"config":{"max_alternatives":-1}}"#, #"max_alternatives: expected an integer from 0, got "-1""#),
  ])
  func `a message that can't be understood closes the connection with the reason`(_ text: String, reason: String)
    throws
  {
    var connection = try connection()
    #expect(connection.say(text) == .nothing)
    #expect(connection.output.closed == .init(code: 1008, reason: reason))
  }

  @Test func `the rate can't change after audio, the rest of a config can`() throws {
    var connection = try connection()
    _ = connection.send(Self.audio)
    #expect(connection.say(#"{"config":{"sample_rate":8000,"words":false}}"#) == .nothing)
    #expect(
      connection.write(.update(.final(1, "Yes.")), .result(.silence(1))) == [#"{"text":"yes""# + Self.extras])
    _ = connection.say(#"{"config":{"sample_rate":16000}}"#)
    #expect(
      connection.output.closed
        == .init(
          code: 1008, reason: #"sample_rate: expected 8000, or another one before the first audio, got "16000""#))
  }

  // MARK: Texts

  @Test func `each audio message is answered once: with a partial, or with what is final`() throws {
    var connection = try connection()
    for _ in 1...3 { #expect(connection.send(Self.audio) == .audio(bytes: 3200)) }
    #expect(connection.write(.accepted(seq: 1, bytes: 3200)) == [])
    #expect(
      connection.write(.update(.partial(1, "Mr. Dash-")), .result(.silence(1))) == [
        #"{"partial":"mr dash""# + Self.extras
      ])
    let result =
      #""result":[{"conf":1.0,"end":0.875,"start":0.5,"word":"yes"},{"conf":1.0,"end":1.25,"start":0.875,"word":"sir"}]"#
    #expect(connection.write(.update(.final(1, "Yes, — sir!"))) == [])
    let extras = Self.extras.replacing(#""seq":1"#, with: #""seq":2"#).replacing(
      #""start":0.0"#, with: #""start":0.1"#)
    #expect(connection.write(.result(.silence(2))) == [#"{\#(result),"text":"yes sir""# + extras])
    #expect(connection.write(.failed(seq: 3, .poison)) == [#"{"partial":"","audio_service":{"dropped":1}}"#])
    _ = connection.send(Self.audio)
    #expect(
      connection.write(.notice(.wordsMissing(seconds: 1..<2.5)), .failed(seq: 4, .poison)) == [
        #"{"partial":"","audio_service":{"dropped":1,"missing":[1.0,2.5]}}"#
      ])
  }

  @Test func `a worker that does not serve the stream ends it`() throws {
    var connection = try connection()
    _ = connection.send(Self.audio)
    #expect(connection.say(#"{"eof":1}"#) == .stop)
    #expect(connection.write(.failed(seq: 1, .worker("no memory"))) == [])
    #expect(connection.output.closed == .init(code: 1011, reason: "no memory"))
  }

  @Test func `alternatives are one, with their words`() throws {
    var connection = try connection()
    _ = connection.say(#"{"config":{"max_alternatives":2}}"#)
    _ = connection.send(Self.audio)
    let alternative =
      #"{"confidence":1.0,"result":[{"start":0.5,"end":1.25,"word":"yes"}],"text":"yes"}"#
    #expect(
      connection.write(.update(.final(1, "Yes.")), .result(.silence(1))) == [
        #"{"alternatives":[\#(alternative)]"# + Self.extras
      ])
    _ = connection.say(#"{"reset":1}"#)
    #expect(
      connection.write(.flushed(seq: 1, last: .silence(1))) == [#"{"alternatives":[{"confidence":1.0,"text":""}]}"#])
  }

  @Test func `an empty message is answered in its place, without audio`() throws {
    var connection = try connection()
    #expect(connection.send([]) == .nothing)
    #expect(connection.output.take() == [#"{"partial":""}"#])
    _ = connection.send(Self.audio)
    #expect(connection.send([]) == .nothing)
    #expect(connection.output.take() == [])
    #expect(connection.write(.result(.silence(1))) == [#"{"partial":"""# + Self.extras, #"{"partial":""}"#])
  }

  @Test func `reset and end wait for what is open, and the end has the receipt`() throws {
    var connection = try connection()
    _ = connection.send(Self.audio)
    #expect(connection.say(#"{"reset":1}"#) == .flush)
    #expect(connection.say(#"{"eof":1}"#) == .stop)
    #expect(connection.write(.result(.silence(1))).count == 1)
    let word = #"{"result":[{"conf":1.0,"end":1.25,"start":0.5,"word":"yes"}],"text":"yes"}"#
    #expect(connection.write(.update(.final(1, "Yes.")), .flushed(seq: 1, last: .silence(1))) == [word])
    #expect(connection.write(.flushed(seq: 1, last: .silence(1))) == [])
    var receipt = StreamReceipt(
      totals: StreamTotals(chunks: 1, bytes: 3200, processed: 1), duration: 0.1, levels: Levels())
    receipt.sha256 = "ab"
    #expect(
      connection.write(.receipt(receipt), .closing(.complete)) == [
        #"{"text":"","audio_service":{"receipt":{"chunks":1,"bytes":3200,"duration":0.1,"rms":0.0,"peak":0.0,"clipped":0,"sha256":"ab","processed":1,"dropped":0,"replayed":0}}}"#
      ])
    #expect(connection.output.closed == .init(code: 1000, reason: ""))
  }

  @Test func `audio that is measured while a reset waits for words is answered after it`() throws {
    var connection = try connection()
    #expect(connection.say(#"{"reset":1}"#) == .flush)
    _ = connection.send(Self.audio)
    #expect(connection.write(.result(.silence(1))) == [])
    #expect(connection.write(.flushed(seq: 0, last: nil)) == [#"{"text":""}"#, #"{"partial":"""# + Self.extras])
  }

  @Test func `an engine with one text a chunk has one utterance a message`() throws {
    var connection = try connection(engine: "mock")
    _ = connection.send(Self.audio)
    #expect(
      connection.write(.result(.silence(1), text: ChunkText(segment: 1, text: "Mock"))) == [
        #"{"result":[{"conf":1.0,"end":0.1,"start":0.0,"word":"mock"}],"text":"mock""# + Self.extras
      ])
  }

  @Test func `when the server goes, what it has heard is sent first`() throws {
    var connection = try connection()
    #expect(
      connection.write(.update(.final(1, "Yes.")), .closing(.goingAway)) == [
        #"{"result":[{"conf":1.0,"end":1.25,"start":0.5,"word":"yes"}],"text":"yes"}"#
      ])
    #expect(connection.output.closed?.code == 1001)
  }

  // MARK: Requests

  @Test func `an engine that is unavailable is refused with the reason`() {
    var engines = EngineList(standard: "speech", enabled: ["speech"])
    engines.update(EngineList.speech(reason: "no model").statuses)
    #expect(throws: Rejection.self) {
      _ = try DialectConnection(engines: engines, of: VoskDialect.self, path: "/vosk")
    }
    let refusal = VoskDialect.rejection(.tokenMissing)
    #expect(refusal.response.status == 401)
    #expect(refusal.error == "Access token required")
  }
}
