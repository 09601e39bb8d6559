import Audio
import Contract
import JSON
import Testing

struct ServerMessageTests {
  private static let transcription = Transcription(
    .init(seq: 3, rms: 0.5, dbfs: -6.02, peak: 1, clipped: 2, duration: 0.1, start: 0.2),
    text: .init(text: "say \"hi\"", isFinal: false, segment: 1))
  private static let receipt = Receipt(
    clientID: 7, chunks: 3, bytes: 9600, duration: 0.3, rms: 0.25, peak: 0.75, clipped: 0, sha256: "ab", processed: 2,
    dropped: 1, replayed: 0)

  static let messages: [(ServerMessage, String)] = [
    (.accepted(clientID: 123_456_789, seq: 1, chunkBytes: 4096), #"{"client_id":123456789,"seq":1,"chunk_size":4096}"#),
    (
      .transcription(transcription),
      #"{"seq":3,"transcription":"say \"hi\"","rms":0.5,"dbfs":-6.02,"peak":1.0,"clipped":2,"duration":0.1,"start":0.2,"#
        + #""final":false,"segment":1}"#
    ),
    (
      .started(
        clientID: 7, session: "s",
        parameters: StreamParameters(
          format: AudioFormat(sampleRate: 8000, channels: 1, encoding: .mulaw), engine: "mock")),
      #"{"type":"started","client_id":7,"session":"s","engine":"mock","sample_rate":8000,"channels":1,"#
        + #""encoding":"mulaw"}"#
    ),
    (
      .started(
        clientID: 7, session: "s", parameters: StreamParameters(engine: "speech", updates: true), seq: 4),
      #"{"type":"started","client_id":7,"session":"s","engine":"speech","sample_rate":16000,"channels":1,"#
        + #""encoding":"s16le","seq":4,"updates":true}"#
    ),
    (
      .started(
        clientID: 7, session: "s",
        parameters: {
          var parameters = StreamParameters(engine: "speech")
          parameters.language = "en"
          return parameters
        }()),
      #"{"type":"started","client_id":7,"session":"s","engine":"speech","sample_rate":16000,"channels":1,"#
        + #""encoding":"s16le","language":"en"}"#
    ),
    (.flushed(seq: 0), #"{"type":"flushed","seq":0}"#),
    (
      .flushed(seq: 9, settled: SettledMessage(seq: 8, frames: 2, isOpen: true)),
      #"{"type":"flushed","seq":9,"settled":8,"settled_frames":2,"settled_open":true}"#
    ),
    (.pong(id: .string("x")), #"{"type":"pong","id":"x"}"#),
    (.pong(id: nil), #"{"type":"pong"}"#),
    (
      .summary(receipt),
      #"{"type":"summary","client_id":7,"chunks":3,"bytes":9600,"duration":0.3,"rms":0.25,"peak":0.75,"clipped":0,"#
        + #""sha256":"ab","processed":2,"dropped":1,"replayed":0}"#
    ),
    (.failure(error: "no", code: nil, seq: nil), #"{"error":"no"}"#),
    (.failure(error: "no", code: "full", seq: 9), #"{"error":"no","code":"full","seq":9}"#),
  ]

  @Test(arguments: [(1, 1, 1), (9_007_199_254_740_991, 1_000_000, 16 << 20), (.max, .max, .max)])
  func `an acknowledgement written in place is the message`(clientID: Int, seq: Int, bytes: Int) {
    let text = withUnsafeTemporaryAllocation(byteCount: Acknowledgement.longestBytes, alignment: 1) { memory in
      let count = Acknowledgement(clientID: clientID, seq: seq, chunkBytes: bytes).write(to: memory)
      return String(decoding: memory[..<count], as: UTF8.self)
    }
    #expect(text == ServerMessage.accepted(clientID: clientID, seq: seq, chunkBytes: bytes).text)
  }

  @Test(arguments: [nil, "", "a \u{1}\n\"b\"", String(repeating: "\u{1F}", count: 999)])
  func `a reply written in place is the message, and no longer than it says`(text: String?) {
    for (figure, number) in [(-0.0, Int.max), (1e-300, .min), (-.greatestFiniteMagnitude, 1), (0.000_1 + 1e-19, 0)] {
      let reply = Transcription(
        .init(seq: number, rms: figure, dbfs: figure, peak: figure, clipped: number, duration: figure, start: figure),
        text: text.map { Transcription.Text(text: $0, isFinal: false, segment: number) })
      let written = withUnsafeTemporaryAllocation(byteCount: reply.longestBytes, alignment: 1) { memory in
        let count = reply.write(to: memory)
        #expect(count <= memory.count)
        return String(decoding: memory[..<count], as: UTF8.self)
      }
      #expect(written == ServerMessage.transcription(reply).text)
    }
  }

  @Test(arguments: messages)
  func `every message has its text and is read back from it`(message: ServerMessage, text: String) {
    #expect(message.text == text)
    #expect(ServerMessage(parsing: text.utf8) == message)
  }

  @Test func `digital silence has no level in decibels`() throws {
    var silent = Self.transcription
    silent.figures.dbfs = nil
    #expect(ServerMessage.transcription(silent).text.contains(#""dbfs":null"#))
    #expect(ServerMessage(parsing: ServerMessage.transcription(silent).text.utf8) == .transcription(silent))
  }

  @Test(arguments: messages)
  func `a message that lacks a member it needs is none`(message: ServerMessage, text: String) throws {
    guard case .object(let members) = try JSONValue(parsing: text) else { return }
    let optional: Set<String> = ["id", "dbfs", "code", "seq", "updates"]
    for index in members.indices where members[index].key != "seq" && !optional.contains(members[index].key) {
      var fewer = members
      fewer.remove(at: index)
      #expect(ServerMessage(.object(fewer)) != message)
    }
  }

  @Test func `an update has its text, and a language and words where there are any`() {
    func text(_ message: UpdateMessage) -> String {
      var object = JSONObject()
      message.write(to: &object)
      return object.text
    }
    var message = UpdateMessage(segment: 2, text: "He was", stable: 1, isFinal: false, start: 0.5, end: 1.25)
    let members =
      #"{"type":"update","segment":2,"transcription":"He was","stable":1,"final":false,"start":0.5,"end":1.25"#
    #expect(text(message) == members + "}")
    message.language = "en"
    message.words = WordsMessage([.init(word: "He", start: 0.5, end: 0.75)], isEstimated: false)
    let words = #""words":[{"word":"He","start":0.5,"end":0.75}],"word_times":"model"}"#
    #expect(text(message) == members + #","language":"en",\#(words)"#)
  }

  @Test(arguments: [true, false])
  func `a segment with words reads as it was written`(isEstimated: Bool) {
    let words = WordsMessage([.init(word: "He", start: 0.5, end: 0.75)], isEstimated: isEstimated)
    let segment = SegmentMessage(segment: 2, start: 0.5, end: 0.75, text: "He", words: words)
    #expect(SegmentMessage(segment.json) == segment)
  }

  @Test func `a reply without words has only the measures`() {
    var silent = Self.transcription
    silent.text = nil
    #expect(
      ServerMessage.transcription(silent).text
        == #"{"seq":3,"rms":0.5,"dbfs":-6.02,"peak":1.0,"clipped":2,"duration":0.1,"start":0.2}"#)
    #expect(ServerMessage(parsing: ServerMessage.transcription(silent).text.utf8) == .transcription(silent))
  }

  @Test func `what is no message of the server is none`() {
    for text in ["", "[]", "{}", #"{"type":"news"}"#, #"{"seq":1}"#, #"{"chunk_size":1,"seq":1}"#, "5"] {
      #expect(ServerMessage(parsing: text.utf8) == nil)
    }
  }

  @Test func `a figure that no float64 holds makes no transcription`() {
    let reply =
      #"{"seq":1,"transcription":"","rms":1e400,"dbfs":null,"peak":0,"clipped":0,"duration":0,"start":0,"final":true,"#
      + #""segment":1}"#
    #expect(ServerMessage(parsing: reply.utf8) == nil)
  }
}
