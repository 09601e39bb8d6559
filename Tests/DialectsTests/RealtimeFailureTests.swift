import Audio
import Recognition
import Testing

@testable import Dialects
@testable import Streams

/// Audio that could not be recognized, in OpenAI's Realtime protocol.
struct RealtimeFailureTests: RealtimeMessages {
  @Test func `a worker that does not serve the stream fails the turn and ends the session`() throws {
    var session = try session()
    _ = session.write(.update(.begun(1, 0.5)))
    let messages = session.write(.failed(seq: 1, .worker("no memory")), .failed(seq: 2, .worker("no memory")))
    #expect(messages.count == 2)
    #expect(messages[0].contains("input_audio_transcription.failed"))
    #expect(messages[1].contains(#""type":"server_error""#))
    #expect(session.output.closed == .init(code: 1011, reason: "no memory"))
  }

  private func failed(_ id: String, _ sentence: String, extras: String) -> String {
    #"{"type":"conversation.item.input_audio_transcription.failed","item_id":"\#(id)","content_index":0,"#
      + #""error":{"type":"transcription_error","code":"audio_unintelligible","message":"\#(sentence)","param":null}"#
      + #","audio_service":\#(extras)}"#
  }

  @Test(arguments: [true, false])
  func `audio that was not recognized fails the item that a commit makes of it`(detectsTurns: Bool) throws {
    var session = try session()
    if !detectsTurns { _ = session.say(update(#"{"turn_detection":null}"#)) }
    _ = session.say(append)
    #expect(session.say(#"{"type":"input_audio_buffer.commit"}"#) == .flush)
    // The next item's.
    _ = session.say(append)
    _ = session.output.take()
    let missing = StreamEvent.notice(.wordsMissing(seconds: 0..<0.5))
    let messages = session.write(.failed(seq: 1, .poison), missing, .flushed(seq: 1, last: nil))
    let end = try #require(told([messages.last ?? ""], from: detectsTurns ? 5 : 6).last)
    #expect(
      end
        == failed(
          "item_1", "Chunk 1 crashed two workers and was not measured", extras: #"{"dropped":1,"missing":[0.0,0.5]}"#))
  }

  @Test func `of a turn with words, what was not recognized is counted`() throws {
    var session = try session()
    let messages = session.write(
      .update(.begun(1, 0.5)), .failed(seq: 1, .poison), .update(.final(1, "one", .silence)))
    #expect(
      told([messages.last ?? ""], from: 7) == [
        completed("item_1", "one", extras: #","audio_service":{"dropped":1}"#)
      ])
  }

  @Test func `audio that was cleared fails nothing`() throws {
    var session = try session()
    _ = session.say(update(#"{"turn_detection":null}"#))
    _ = session.say(append)
    _ = session.say(#"{"type":"input_audio_buffer.clear"}"#)
    _ = session.write(.failed(seq: 1, .poison), .flushed(seq: 1, last: nil))
    _ = session.say(append)
    _ = session.say(#"{"type":"input_audio_buffer.commit"}"#)
    #expect(session.write(.flushed(seq: 2, last: nil)).last?.contains(".completed") == true)
  }
}
