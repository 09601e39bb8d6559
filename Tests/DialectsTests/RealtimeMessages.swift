import Audio
import Recognition
import Testing

@testable import Dialects
@testable import Streams

/// Messages of OpenAI's Realtime protocol, as tests expect them.
protocol RealtimeMessages {}

extension RealtimeMessages {
  var append: String { #"{"type":"input_audio_buffer.append","audio":"AAAAAA=="}"# }

  /// A session that is open, whose first event was read.
  func session(_ query: [(String, String)] = [], engine: String = "speech") throws -> DialectConnection {
    var engines = EngineList(standard: engine, enabled: ["mock", "speech"])
    engines.update(EngineList.speech(languages: ["en"]).statuses)
    var connection = try DialectConnection(query, engines: engines, of: RealtimeDialect.self, path: "/v1/realtime")
    connection.open()
    #expect(connection.output.take().count == 1)
    return connection
  }

  func update(_ input: String) -> String {
    #"{"type":"session.update","session":{"type":"transcription","audio":{"input":\#(input)}}}"#
  }

  /// The events without their names, which are checked to count.
  func told(_ messages: [String], from first: Int = 2) -> [String] {
    messages.enumerated().map { index, message in
      let name = #","event_id":"event_\#(first + index)""#
      #expect(message.contains(name))
      return message.replacing(name, with: "")
    }
  }

  func item(_ id: String, after previous: String = "null") -> [String] {
    let item =
      #""item":{"id":"\#(id)","object":"realtime.item","type":"message","role":"user","status":"completed","#
      + #""content":[{"type":"input_audio","transcript":null}]}"#
    return [
      #"{"type":"input_audio_buffer.committed","item_id":"\#(id)","previous_item_id":\#(previous)}"#,
      #"{"type":"conversation.item.added","previous_item_id":\#(previous),\#(item)}"#,
      #"{"type":"conversation.item.done","previous_item_id":\#(previous),\#(item)}"#,
    ]
  }

  func started(_ id: String, _ milliseconds: Int = 500) -> String {
    #"{"type":"input_audio_buffer.speech_started","audio_start_ms":\#(milliseconds),"item_id":"\#(id)"}"#
  }

  func stopped(_ id: String, _ milliseconds: Int = 1250) -> String {
    #"{"type":"input_audio_buffer.speech_stopped","audio_end_ms":\#(milliseconds),"item_id":"\#(id)"}"#
  }

  func delta(_ id: String, _ text: String) -> String {
    #"{"type":"conversation.item.input_audio_transcription.delta","item_id":"\#(id)","content_index":0,"delta":"\#(text)"}"#
  }

  func completed(_ id: String, _ text: String, seconds: String = "0.75", extras: String = "") -> String {
    #"{"type":"conversation.item.input_audio_transcription.completed","item_id":"\#(id)","content_index":0,"#
      + #""transcript":"\#(text)","usage":{"type":"duration","seconds":\#(seconds)}\#(extras)}"#
  }

  func partial(_ number: Int, _ text: String, stable: Int) -> StreamEvent {
    .update(
      TranscriptUpdate(
        segment: Segment(number: number, start: 0.5, end: 1.25, text: text), stableWords: stable, isFinal: false))
  }
}
