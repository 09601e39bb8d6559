import Recognition
import Testing

@testable import Audio
@testable import Dialects
@testable import Streams

/// The messages of the native protocol, to the letter and in the contract's order of keys.
struct NativeMessagesTests {
  @Test func `a chunk is acknowledged and answered with its measure and text`() throws {
    var connection = try DialectConnection()
    #expect(
      connection.write(.accepted(seq: 1, bytes: 4096)) == [#"{"client_id":7,"seq":1,"chunk_size":4096}"#])
    let square = ChunkMeasure(
      StreamChunk(seq: 2, startFrame: 1600, frames: 1600, bytes: 3200), .standard,
      Levels(samples: 1600, sumOfSquares: 1600, peak: 1, clipped: 3))
    #expect(
      connection.write(.update(.final(2, "mock text")), .result(square)) == [
        #"{"seq":2,"transcription":"mock text","rms":1.0,"dbfs":0.0,"peak":1.0,"clipped":3,"duration":0.1,"start":0.1,"final":true,"segment":2}"#
      ])
    #expect(
      connection.write(.result(square, text: ChunkText(segment: 3, text: "say \"mock\""))) == [
        #"{"seq":2,"transcription":"say \"mock\"","rms":1.0,"dbfs":0.0,"peak":1.0,"clipped":3,"duration":0.1,"start":0.1,"final":true,"segment":3}"#
      ])
  }

  @Test func `a long text is not written in place, and reads the same`() throws {
    var connection = try DialectConnection()
    let text = String(repeating: "mock ", count: 1000)
    #expect(
      connection.write(.result(.silence(1), text: ChunkText(segment: 1, text: text))) == [
        #"{"seq":1,"transcription":"\#(text)","rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.1,"start":0.0,"final":true,"segment":1}"#
      ])
  }

  @Test func `a delayed stream is told in each reply how late its texts are`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    #expect(connection.write(.delayed(seconds: 7.48)) == [])
    #expect(
      connection.write(.result(.silence(1))) == [
        #"{"seq":1,"transcription":"","rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.1,"start":0.0,"final":false,"segment":1,"delay":7.5}"#
      ])
  }

  @Test func `silence has no level in decibels`() throws {
    var connection = try DialectConnection()
    #expect(
      connection.write(.update(.final(1, "x")), .result(.silence(1))) == [
        #"{"seq":1,"transcription":"x","rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.1,"start":0.0,"final":true,"segment":1}"#
      ])
  }

  @Test func `started names the session and the kind of stream`() throws {
    var connection = try DialectConnection()
    let asked = connection.say(#"{"type":"start","sample_rate":48000,"channels":2,"encoding":"s24le"}"#)
    let request = StreamRequest(
      format: AudioFormat(sampleRate: 48_000, channels: 2, encoding: .s24le), engine: "mock")
    #expect(asked == .start(request))
    #expect(connection.output.messages == [])
    #expect(
      connection.write(.started(request)) == [
        #"{"type":"started","client_id":7,"session":"00000000000000000000000000000abc","engine":"mock","sample_rate":48000,"channels":2,"encoding":"s24le"}"#
      ])
    #expect(
      connection.write(.resumed(request, seq: 41)) == [
        #"{"type":"started","client_id":7,"session":"00000000000000000000000000000abc","engine":"mock","sample_rate":48000,"channels":2,"encoding":"s24le","seq":41}"#
      ])
  }

  @Test func `a session whose format came in a WAV header says so when it is resumed`() throws {
    var connection = try DialectConnection()
    let request = StreamRequest(format: AudioFormat(sampleRate: 8000, channels: 1, encoding: .u8), engine: "mock")
    #expect(connection.write(.resumed(request, seq: 1)).first?.contains(#""sample_rate":8000"#) == true)
  }

  @Test func `a flush repeats the last text, and is then flushed`() throws {
    var connection = try DialectConnection()
    let reply = connection.write(.update(.final(1, "x")), .result(.silence(1)))
    #expect(connection.write(.flushed(seq: 1, last: .silence(1))) == reply + [#"{"type":"flushed","seq":1}"#])
    #expect(connection.write(.flushed(seq: 0, last: nil)) == [#"{"type":"flushed","seq":0}"#])
  }

  private let totals = StreamTotals(chunks: 3, bytes: 9600, processed: 2, dropped: 1, replayed: 4)

  @Test func `the receipt of a stream with one text a chunk`() throws {
    var connection = try DialectConnection()
    let levels = Levels(samples: 4, sumOfSquares: 1, peak: 0.5, clipped: 0)
    let receipt = StreamReceipt(totals: totals, duration: 0.3, levels: levels, sha256: "9bdc")
    #expect(
      connection.write(.receipt(receipt)) == [
        #"{"type":"summary","client_id":7,"chunks":3,"bytes":9600,"duration":0.3,"rms":0.5,"peak":0.5,"clipped":0,"sha256":"9bdc","processed":2,"dropped":1,"replayed":4}"#
      ])
  }

  @Test func `the receipt of a stream with segments`() throws {
    var connection = try DialectConnection([("engine", "speech")])
    let segments = [Segment(number: 2, start: 0.5, end: 1.25, text: "said")]
    let receipt = StreamReceipt(
      totals: totals, duration: 0.3, levels: Levels(), sha256: "", segments: segments, skippedPartials: 5)
    let text = try #require(connection.write(.receipt(receipt)).first)
    #expect(
      text.hasSuffix(
        #","replayed":4,"segments":[{"segment":2,"start":0.5,"end":1.25,"text":"said"}],"partials_shed":5}"#))
  }

  @Test func `a ping is answered by itself, with its id as it was`() throws {
    var connection = try DialectConnection()
    #expect(connection.say(#"{"type":"ping","id":{"at":[1,"two",null]}}"#) == .nothing)
    #expect(connection.say(#"{"type":"ping"}"#) == .nothing)
    #expect(connection.output.messages == [#"{"type":"pong","id":{"at":[1,"two",null]}}"#, #"{"type":"pong"}"#])
  }

  @Test func `what a client asks of its stream is passed on`() throws {
    var connection = try DialectConnection()
    #expect(connection.say(#"{"type":"flush"}"#) == .flush)
    #expect(connection.say(#"{"type":"stop","x":1}"#) == .stop)
    #expect(connection.send([1, 2, 3]) == .audio(bytes: 3))
    #expect(connection.send([]) == .audio(bytes: 0))
    #expect(connection.say("") == .audio(bytes: 0))
    #expect(connection.output.messages == [])
  }

  // MARK: Errors

  @Test(arguments: [
    (StreamEvent.failed(seq: 5, .poison), #"{"error":"Chunk 5 crashed two workers and was not measured","seq":5}"#),
    (.failed(seq: 5, .serverEnded), #"{"error":"The server shut down before chunk 5 was measured","seq":5}"#),
    (.failed(seq: 5, .worker("no engine x")), #"{"error":"no engine x","seq":5}"#),
    (
      .refused(.chunkTooLarge(bytes: 16_777_217)),
      #"{"error":"Expected a chunk of at most 16777216 bytes, got 16777217"}"#
    ),
    (.refused(.emptyChunk), #"{"error":"Expected binary audio chunk or text"}"#),
    (
      .refused(.chunkAfterStop),
      #"{"error":"The stream has been stopped: open a new connection to send more audio"}"#
    ),
    (.refused(.chunkDuringShutdown), #"{"error":"The server is shutting down: the chunk was not accepted"}"#),
    (.refused(.endDuringShutdown), #"{"error":"The server is shutting down: the stream is not complete"}"#),
    (.refused(.alreadyStopped), #"{"error":"The stream has already been stopped"}"#),
    (.refused(.startAfterStop), #"{"error":"start: the stream has been stopped"}"#),
    (.refused(.startAfterChunks(1)), #"{"error":"start: expected before the first chunk, got it after 1"}"#),
    (
      .refused(.resume(.notFirstMessage)), #"{"error":"resume: expected as the first message of a connection"}"#
    ),
    (
      .refused(.resume(.unknownSession)),
      #"{"error":"resume: no such session, or it has expired: start a new one"}"#
    ),
    (
      .refused(.resume(.answeredOutOfRange(3, received: 2))),
      #"{"error":"resume: answered: expected an integer from 0 to 2, the last chunk received, got \"3\""}"#
    ),
    (
      .refused(.resume(.segmentOutOfRange(3, lastFinal: 2))),
      #"{"error":"resume: segment: expected an integer from 0 to 2, the last final segment, got \"3\""}"#
    ),
    (
      .refused(.resume(.messagesDropped(after: 3))),
      #"{"error":"resume: the replies from chunk 4 on are no longer available: start a new session"}"#
    ),
  ])
  func `what went wrong is said in words`(_ event: StreamEvent, _ text: String) throws {
    var connection = try DialectConnection()
    #expect(connection.write(event) == [text])
    #expect(connection.output.closed == nil)
  }

  @Test(arguments: [
    (#"{"type":"dance"}"#, #"{"error":"Unknown control message: {\"type\":\"dance\"}"}"#),
    ("hello", #"{"error":"Unknown control message: hello"}"#),
    (
      #"{"type":"start","encoding":"mp3"}"#,
      #"{"error":"encoding: expected one of u8, s16le, s24le, s32le, f32le, mulaw, alaw, got \"mp3\""}"#
    ),
    (
      #"{"type":"start","sample_rate":44100.5}"#,
      #"{"error":"sample_rate: expected an integer from 8000 to 384000, got \"44100.5\""}"#
    ),
    (#"{"type":"start","channels":12}"#, #"{"error":"channels: expected an integer from 1 to 8, got \"12\""}"#),
    (#"{"type":"start","engine":{}}"#, #"{"error":"engine: expected a string, got \"{}\""}"#),
    (#"{"type":"start","updates":"1"}"#, #"{"error":"updates: expected true or false, got \"\"1\"\""}"#),
    (
      #"{"type":"start","resume":7}"#,
      #"{"error":"resume: expected the session of a \"started\" message, got \"7\""}"#
    ),
  ])
  func `a message that can't be understood is answered with an error, and asks for nothing`(
    _ message: String, _ error: String
  ) throws {
    var connection = try DialectConnection()
    #expect(connection.say(message) == .nothing)
    #expect(
      connection.output.messages.map { $0.replacing(#"\"\""#, with: #"""#) } == [error.replacing(#"\"\""#, with: #"""#)]
    )
  }

  @Test func `a start with an engine that is unavailable says why`() throws {
    var connection = try DialectConnection(engines: .speech(reason: "no model"))
    #expect(connection.say(#"{"type":"start","engine":"speech"}"#) == .nothing)
    #expect(connection.output.messages == [#"{"error":"engine speech is unavailable: no model"}"#])
  }

  @Test func `resume names the session, and what the client has`() throws {
    var connection = try DialectConnection()
    #expect(
      connection.say(#"{"type":"start","resume":"5f0c","answered":41,"segment":3}"#)
        == .resume(ResumeRequest(session: "5f0c", answered: 41, segment: 3)))
    #expect(
      connection.say(#"{"type":"start","resume":"5f0c"}"#)
        == .resume(ResumeRequest(session: "5f0c", answered: 0, segment: 0)))
    #expect(connection.say(#"{"type":"start","resume":null}"#) == .start(connection.request))
  }

  // MARK: Closing

  @Test(arguments: [
    (CloseReason.goingAway, 1001, #"{"error":"The server is going away","code":"going_away"}"#),
    (
      .unsupported(seq: 2, WaveHeaderError(message: "WAV header: bad")), 1003,
      #"{"error":"WAV header: bad","code":"unsupported","seq":2}"#
    ),
    (.invalidUTF8, 1007, #"{"error":"Text message is not valid UTF-8","code":"invalid_utf8"}"#),
    (.tokenRevoked, 1008, #"{"error":"This token has been removed","code":"token_removed"}"#),
    (
      .messageTooLarge(isText: false, limitBytes: 16), 1009,
      #"{"error":"Message too big: the limit is 16 bytes","code":"message_too_big"}"#
    ),
    (
      .messageTooLarge(isText: true, limitBytes: 4), 1009,
      #"{"error":"Text message too big: the limit is 4 bytes","code":"message_too_big"}"#
    ),
    (.slowReader, 1013, #"{"error":"Replies were not read in time","code":"slow_reader"}"#),
    (
      .sessionsUnavailable(reason: "no"), 1013,
      #"{"error":"start: sessions can't be looked up now, try again: no","code":"sessions_unavailable"}"#
    ),
  ])
  func `before a close that is not normal comes the reason`(_ reason: CloseReason, _ code: Int, _ text: String) throws {
    var connection = try DialectConnection()
    #expect(connection.write(.closing(reason)) == [text])
    #expect(connection.output.closed?.code == code)
  }

  @Test func `after a receipt the close is normal`() throws {
    var connection = try DialectConnection()
    #expect(connection.write(.closing(.complete)) == [])
    #expect(connection.output.closed == .init(code: 1000, reason: ""))
  }
}
