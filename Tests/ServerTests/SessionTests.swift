import Audio
import Contract
import JSON
import Recognition
import Testing

@testable import Server

/// Chunks, answers and ends of one stream, without a socket or a worker.
struct SessionTests {
  private func session() -> Session { Session(clientID: 7, parameters: StreamParameters(engine: "mock")) }
  private let loud = Levels(samples: 2, sumOfSquares: 0.5, peak: 0.5, clipped: 1)

  private let noChannels = Array("RIFF....WAVEfmt ".utf8) + [16, 0, 0, 0] + [UInt8](repeating: 0, count: 16)

  private func receive(_ bytes: [UInt8], in session: inout Session) -> Session.ChunkAction {
    bytes.withUnsafeBytes { session.receive($0) }
  }

  @Test func `chunks are numbered from 1 and placed behind one another`() throws {
    var session = session()
    for (seq, start) in [(1, 0), (2, 2), (3, 4)] {
      guard case .measure(let given, let placement) = receive([1, 2, 3, 4], in: &session) else {
        Issue.record("not measured")
        return
      }
      #expect(given == seq)
      #expect(placement.startFrame == start)
      #expect(placement.samples == 0..<4)
    }
    #expect(session.inFlightChunks == 3)
    #expect(session.inFlightBytes == 12)
  }

  @Test func `an empty chunk takes no number`() {
    var session = session()
    guard case .empty = receive([], in: &session) else {
      Issue.record("an empty chunk was taken")
      return
    }
    #expect(session.chunks == 0)
  }

  @Test func `what was received is processed, dropped or in flight at any time`() {
    var session = session()
    for _ in 1...5 { _ = receive([0, 0], in: &session) }
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    #expect(session.failed(seq: 2) == .deliver)
    #expect((session.processed, session.dropped, session.inFlightChunks) == (1, 1, 3))
    #expect(session.abandon() == [.chunk(seq: 3), .chunk(seq: 4), .chunk(seq: 5)])
    #expect((session.processed, session.dropped, session.inFlightChunks) == (1, 4, 0))
    _ = receive([0, 0], in: &session)
    #expect(session.measured(seq: 6, levels: loud) == .deliver)
    let receipt = session.receipt(sha256: "x")
    #expect(receipt.chunks == receipt.processed + receipt.dropped)
    #expect(receipt.chunks == 6)
    #expect(receipt.clipped == 2)
    #expect(receipt.rms == 0.5)
  }

  @Test func `an answer that is not the next one is unexpected`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    #expect(session.measured(seq: 2, levels: loud) == .unexpected)
    #expect(session.finished(seq: 1) == .unexpected)
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    #expect(session.measured(seq: 1, levels: loud) == .unexpected)
    #expect(session.failed(seq: 1) == .unexpected)
  }

  @Test func `a flush waits behind the chunks before it`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    #expect(session.control(.flush, session: "s", engines: .mockAlone) == .finish(seq: 1))
    _ = receive([0, 0], in: &session)
    #expect(session.finished(seq: 1) == .unexpected)
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    #expect(session.finished(seq: 1) == .finished(.flush, seq: 1))
    #expect(session.measured(seq: 2, levels: loud) == .deliver)
    #expect(!session.isWaiting)
  }

  @Test func `sound that comes while a flush is finished is answered before it`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    #expect(session.control(.flush, session: "s", engines: .mockAlone) == .finish(seq: 1))
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    _ = receive([0, 0], in: &session)
    #expect(session.measured(seq: 2, levels: loud) == .deliver)
    #expect(session.finished(seq: 2) == .unexpected)
    #expect(session.finished(seq: 1) == .finished(.flush, seq: 1))
    #expect(!session.isWaiting)
  }

  @Test func `of a worker that died the chunks it was given and had not answered are known`() {
    var session = session()
    #expect(session.workerLost(sent: 0) == nil)
    for _ in 1...5 { _ = receive([0, 0], in: &session) }
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    #expect(session.workerLost(sent: 4) == 2...4)
    #expect((session.lastAnswered, session.lastTaken) == (1, 5))
    for seq in 2...4 { #expect(session.measured(seq: seq, levels: loud) == .deliver) }
    #expect(session.workerLost(sent: 4) == nil)
    #expect(session.control(.flush, session: "s", engines: .mockAlone) == .finish(seq: 5))
    #expect((session.endings(behind: 4), session.endings(behind: 5)) == (0, 1))
    #expect((session.processed, session.dropped, session.inFlightChunks) == (4, 0, 1))
  }

  @Test func `a flush or stop without chunks is answered at once`() {
    var session = session()
    #expect(session.control(.flush, session: "s", engines: .mockAlone) == .finished(.flush, seq: 0))
    #expect(session.control(.stop, session: "s", engines: .mockAlone) == .finished(.stop, seq: 0))
  }

  @Test func `after a stop nothing more is taken`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    #expect(session.control(.stop, session: "s", engines: .mockAlone) == .finish(seq: 1))
    guard case .refuse = receive([0, 0], in: &session) else {
      Issue.record("a chunk was taken after stop")
      return
    }
    #expect(session.chunks == 1)
    guard case .reply(.failure) = session.control(.stop, session: "s", engines: .mockAlone) else {
      Issue.record("a second stop was taken")
      return
    }
  }

  @Test func `a flush that no worker will answer is still answered, in its place`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    _ = session.control(.flush, session: "s", engines: .mockAlone)
    _ = receive([0, 0], in: &session)
    #expect(session.abandon() == [.chunk(seq: 1), .finished(.flush, seq: 1), .chunk(seq: 2)])
  }

  @Test func `start sets the format before the first chunk and not after it`() throws {
    var session = session()
    let wish = try JSONValue(parsing: #"{"type":"start","sample_rate":48000,"channels":2,"encoding":"f32le"}"#)
    let format = AudioFormat(sampleRate: 48_000, channels: 2, encoding: .f32le)
    #expect(
      session.control(.start(wish), session: "token", engines: .mockAlone)
        == .reply(
          .started(clientID: 7, session: "token", parameters: StreamParameters(format: format, engine: "mock"))))
    _ = receive([UInt8](repeating: 0, count: 8), in: &session)
    #expect(session.layout.frames == 1)
    guard case .reply(.failure(let error, nil, nil)) = session.control(.start(wish), session: "t", engines: .mockAlone)
    else {
      Issue.record("start was taken after a chunk")
      return
    }
    #expect(error.contains("before the first chunk"))
  }

  @Test func `a start that can't be leaves the stream as it was`() throws {
    var session = session()
    for text in [
      #"{"sample_rate":7999}"#, #"{"channels":"2"}"#, #"{"encoding":"mp3"}"#, #"{"engine":"speech"}"#,
      #"{"sample_rate":48000,"channels":9}"#, #"{"resume":"abc"}"#,
    ] {
      guard
        case .reply(.failure) = session.control(.start(try JSONValue(parsing: text)), session: "t", engines: .mockAlone)
      else {
        Issue.record("\(text) was taken")
        continue
      }
      #expect(session.parameters == StreamParameters(engine: "mock"))
    }
  }

  @Test func `a client may be ahead by so much and is read again well below`() {
    var session = session()
    while !session.isFull { _ = receive([0, 0], in: &session) }
    #expect(session.inFlightChunks == StreamLimits.inFlightChunks)
    var seq = 0
    while !session.hasRoom {
      seq += 1
      _ = session.measured(seq: seq, levels: loud)
    }
    #expect(session.inFlightChunks == StreamLimits.inFlightChunks / 2)
  }

  @Test func `a header that can't be used drops the chunk and counts it`() {
    var session = session()
    guard case .unsupported(1, .finished(.unsupported(1, let error), 0)) = receive(noChannels, in: &session) else {
      Issue.record("the header was taken")
      return
    }
    #expect(error.description.contains("0 channels"))
    #expect((session.chunks, session.dropped) == (1, 1))
  }

  @Test func `chunks before the part of a header that can't be used are answered first`() {
    var session = session()
    _ = receive(Array(noChannels[..<20]), in: &session)
    guard case .unsupported(2, .finish(seq: 1)) = receive(Array(noChannels[20...]), in: &session) else {
      Issue.record("the header was taken")
      return
    }
    guard case .refuse = receive([0, 0], in: &session) else {
      Issue.record("a chunk behind the header was taken")
      return
    }
    #expect(session.measured(seq: 1, levels: Levels()) == .deliver)
    guard case .finished(.unsupported(seq: 2, _), seq: 1) = session.finished(seq: 1) else {
      Issue.record("the stream did not end")
      return
    }
    #expect((session.chunks, session.processed, session.dropped) == (2, 1, 1))
  }

  @Test func `the receipt of a stream with speech has its segments, that of the mock has not`() throws {
    var session = Session(clientID: 7, parameters: StreamParameters(engine: "speech"))
    _ = receive([0, 0], in: &session)
    Array(#"[{"segment":1,"text":"a"}]"#.utf8).withUnsafeBytes {
      session.heard($0, partialsShed: 2, checkpoint: Checkpoint(frame: 5))
    }
    #expect(session.measured(seq: 1, levels: loud) == .deliver)
    let receipt = session.receipt(sha256: "x")
    #expect(receipt.segments?.first?["text"]?.string == "a")
    #expect(receipt.partialsShed == 2)
    #expect(session.checkpoint == Checkpoint(frame: 5))
    let message = try JSONValue(parsing: ServerMessage.summary(receipt).text)
    #expect(Receipt(message) == receipt)
    #expect(message["partials_shed"]?.integer == 2)
    #expect(self.session().receipt(sha256: "x").segments == nil)
  }

  @Test func `a start that asks for an engine that can't be had leaves the stream as it was`() throws {
    var session = session()
    let wish = try JSONValue(parsing: #"{"type":"start","sample_rate":48000,"engine":"speech"}"#)
    let engines = EngineStates.speech(reason: "no model")
    guard case .reply(.failure(let error, nil, nil)) = session.control(.start(wish), session: "t", engines: engines)
    else {
      Issue.record("it was started")
      return
    }
    #expect(error == "engine speech is unavailable: no model")
    #expect(session.parameters == StreamParameters(engine: "mock"))
  }

  @Test func `at its end what is queued counts as dropped`() {
    var session = session()
    _ = receive([0, 0], in: &session)
    session.end()
    #expect(session.state == .ended)
    #expect((session.chunks, session.dropped, session.inFlightChunks) == (1, 1, 0))
  }
}
