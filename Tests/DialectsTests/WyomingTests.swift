import Audio
import JSON
import Recognition
import Testing

@testable import Dialects
@testable import Streams

struct WyomingTests {
  // MARK: Events

  private func events(_ bytes: [UInt8], pieces: Int) throws -> [WyomingEvent] {
    var reader = WyomingReader()
    var events: [WyomingEvent] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBytes { reader.append($0) }
      while let event = try reader.next() { events.append(event) }
    }
    #expect(reader.heldBytes == 0)
    return events
  }

  @Test func `a line whose payload is awaited is held, as what it takes as a value`() throws {
    var reader = WyomingReader()
    let line = #"{"type":"a","data":{"x":[[],[]]},"payload_length":2}"# + "\n"
    Array(line.utf8).withUnsafeBytes { reader.append($0) }
    #expect(try reader.next() == nil)
    #expect(reader.heldBytes > line.utf8.count)
    ([1, 2] as [UInt8]).withUnsafeBytes { reader.append($0) }
    #expect(try reader.next()?.payload == [1, 2])
    #expect(reader.heldBytes == 0)
  }

  @Test func `a line has the version of the protocol's own package`() {
    #expect(String(decoding: WyomingEvent("a").bytes, as: UTF8.self) == #"{"type":"a","version":"1.10.2"}"# + "\n")
  }

  @Test(arguments: [1, 3, 1000])
  func `events are read however they are cut, and written as they are read`(pieces: Int) throws {
    let chunk = WyomingEvent("audio-chunk", [.init(key: "rate", value: .number(16_000))], payload: [1, 10, 0])
    let all = [WyomingEvent("describe"), chunk, WyomingEvent("audio-stop")]
    #expect(try events(all.flatMap(\.bytes), pieces: pieces) == all)
    // Data may be in the line, or behind it, or both; a version and null lengths do no harm.
    let line = #"{"type":"a","version":"1.7.2","data":{"x":1},"data_length":7,"payload_length":null}"# + "\n"
    let expected = WyomingEvent("a", [.init(key: "x", value: .number(1)), .init(key: "y", value: .number(2))])
    #expect(try events(Array((line + #"{"y":2}"#).utf8), pieces: pieces) == [expected])
  }

  @Test(
    arguments: [
      ("no JSON\n", "line: expected a JSON object"), ("[1]\n", "line: expected a JSON object"), ("{}\n", "type:"),
      (#"{"type":"a","data":3}"# + "\n", "data: expected an object"),
      (#"{"type":"a","payload_length":-1}"# + "\n", "payload_length: expected an integer from 0 to 1048576"),
      (#"{"type":"a","data_length":9999999}"# + "\n", "data_length:"),
      (#"{"type":"a","data_length":2}"# + "\n[]", "data: expected a JSON object"),
      (String(repeating: "a", count: 70_000), "expected a line of JSON of at most 65536 bytes"),
    ])
  func `what is no event is refused with what was expected`(text: String, words: String) throws {
    var reader = WyomingReader()
    Array(text.utf8).withUnsafeBytes { reader.append($0) }
    do {
      while try reader.next() != nil {}
      Issue.record("it was taken")
    } catch {
      #expect(error.description.hasPrefix(words), "\(error)")
    }
  }

  // MARK: Turns

  private let chunk = WyomingEvent(
    "audio-chunk",
    [
      .init(key: "rate", value: .number(16_000)), .init(key: "width", value: .number(2)),
      .init(key: "channels", value: .number(1)),
    ], payload: [1, 2])

  private static let request = StreamRequest(
    format: .standard, engine: "mock", utterances: UtteranceWishes(partials: false))

  @Test func `a recording is a stream, and the next one another`() {
    var turns = WyomingProtocol()
    for _ in 0..<2 {
      #expect(turns.receive(chunk, .both) == [.open(Self.request, language: nil), .audio([1, 2])])
      #expect(turns.receive(chunk, .both) == [.audio([1, 2])])
      #expect(turns.receive(WyomingEvent("audio-stop"), .both) == [.stop])
      #expect(turns.isAwaiting)
      #expect(turns.transcribed(.both) == [])
      #expect(!turns.isAwaiting)
    }
  }

  @Test func `while a transcript is awaited questions are answered, and the next recording waits`() {
    var turns = WyomingProtocol()
    _ = turns.receive(chunk, .both)
    _ = turns.receive(WyomingEvent("audio-stop"), .both)
    #expect(turns.receive(WyomingEvent("ping"), .both) == [.send(WyomingEvent("pong"))])
    guard case .send(let info)? = turns.receive(WyomingEvent("describe"), .both).first else {
      Issue.record("no info")
      return
    }
    #expect(info.type == "info" && turns.isAwaiting && turns.next == nil)
    #expect(turns.receive(chunk, .both) == [])
    #expect(turns.next == chunk && turns.isAwaiting)
    #expect(turns.transcribed(.both) == [.open(Self.request, language: nil), .audio([1, 2])])
    #expect(turns.next == nil && !turns.isAwaiting)
  }

  @Test func `the model and the language are those of the next recording`() {
    let engines = EngineList.speech(languages: ["en"])
    var turns = WyomingProtocol()
    let wish = WyomingEvent(
      "transcribe", [.init(key: "name", value: .string("speech")), .init(key: "language", value: .string("en-US"))])
    #expect(turns.receive(wish, engines) == [])
    var request = Self.request
    (request.engine, request.language) = ("speech", "en-US")
    #expect(turns.receive(chunk, engines).first == .open(request, language: "en-US"))
    let russian = WyomingEvent(
      "transcribe", [.init(key: "name", value: .string("speech")), .init(key: "language", value: .string("ru"))])
    var others = WyomingProtocol()
    #expect(others.receive(russian, engines).last == .close)
  }

  @Test func `nothing said has a transcript, too`() {
    var turns = WyomingProtocol()
    let empty: [WyomingProtocol.Action] = ["transcript-start", "transcript", "transcript-stop"].map { type in
      .send(WyomingEvent(type, type == "transcript" ? [.init(key: "text", value: .string(""))] : []))
    }
    #expect(turns.receive(WyomingEvent("audio-stop"), .both) == empty)
  }

  @Test func `a change of the format, a wrong one, and an engine that is not there are refused`() {
    func isRefused(_ actions: [WyomingProtocol.Action]) -> Bool {
      guard actions.count == 2, case .send(let error) = actions[0] else { return false }
      return error.type == "error" && error.data["text"]?.string?.isEmpty == false && actions[1] == .close
    }
    var turns = WyomingProtocol()
    _ = turns.receive(chunk, .both)
    var other = chunk
    other.data = .object([
      .init(key: "rate", value: .number(8000)), .init(key: "width", value: .number(2)),
      .init(key: "channels", value: .number(1)),
    ])
    #expect(isRefused(turns.receive(other, .both)))
    var fresh = WyomingProtocol()
    #expect(isRefused(fresh.receive(WyomingEvent("audio-start"), .both)))
    let name = WyomingEvent("transcribe", [.init(key: "name", value: .string("speech"))])
    _ = fresh.receive(name, .speech(reason: "no model"))
    #expect(isRefused(fresh.receive(chunk, .speech(reason: "no model"))))
  }

  @Test func `a client that ends its input gets what it has recorded`() {
    var turns = WyomingProtocol()
    #expect(turns.inputEnded() == [.close])
    _ = turns.receive(chunk, .both)
    #expect(turns.inputEnded() == [.stop])
    #expect(turns.inputEnded() == [])
  }

  @Test func `describe and ping are answered, and what is unknown is passed over`() {
    var turns = WyomingProtocol()
    guard case .send(let info)? = turns.receive(WyomingEvent("describe"), .both).first else {
      Issue.record("no info")
      return
    }
    let program = info.data["asr"]?.array?.first
    #expect(program?["models"]?.array?.compactMap { $0["name"]?.string } == ["mock", "speech"])
    for key in ["name", "attribution", "installed", "description", "version"] { #expect(program?[key] != nil) }
    #expect(turns.receive(WyomingEvent("ping"), .both) == [.send(WyomingEvent("pong"))])
    #expect(turns.receive(WyomingEvent("detect"), .both) == [])
  }

  // MARK: Transcripts

  /// The types of the events for events of a stream, and the transcript's text.
  private func told(_ events: StreamEvent...) throws -> (types: [String], text: String?) {
    var transcript = WyomingTranscript(language: "en")
    let output = CollectedOutput()
    for event in events { transcript.write(event, to: output) }
    let all = try self.events(output.take().flatMap { Array($0.utf8) }, pieces: 1 << 20)
    return (all.map(\.type), all.last { $0.type == "transcript" }?.data["text"]?.string)
  }

  @Test func `utterances are told as they are over, and put together are the transcript`() throws {
    let (types, text) = try told(
      .update(.partial(1, "Hel")), .update(.final(1, "Hello.")), .update(.final(2, "")), .update(.final(3, "Bye.")),
      .closing(.complete))
    #expect(
      types == [
        "transcript-start", "transcript-chunk", "transcript-chunk", "transcript", "transcript-stop",
      ])
    #expect(text == "Hello. Bye.")
    #expect(try told(.closing(.complete)).types == ["transcript-start", "transcript", "transcript-stop"])
    #expect(try told(.update(.final(1, "Hello.")), .closing(.goingAway)).text == "Hello.")
    #expect(try told(.closing(.slowReader)).types == ["error"])
    #expect(try told(.failed(seq: 1, .poison), .closing(.complete)).types == ["error"])
    #expect(try told(.failed(seq: 1, .poison), .update(.final(1, "Hi.")), .closing(.complete)).text == "Hi.")
    #expect(try told(.closing(.unsupported(seq: 1, WaveHeaderError(message: "WAV header: bad")))).types == ["error"])
  }
}
