import JSON
import Testing
import Web

@testable import Dialects

struct IgnoredNamesTests {
  @Test func `each is told once, and few, short and printable`() {
    var names = IgnoredNames()
    #expect(names.take(["tag", "extra", "tag"]) == ["tag", "extra"])
    #expect(names.take(["tag", "a b\n\u{1B}ü"]) == ["a?b???"])
    #expect(names.take([String(repeating: "x", count: 100)]) == [String(repeating: "x", count: 40)])
    #expect(names.take((0..<1000).map(String.init)).count == 28)
    #expect(names.take(["new"]) == [])
  }

  @Test func `of a URL, without the tokens`() throws {
    let query = [("model", "nova-3"), ("keyterm", "a"), ("keyterm", "b"), ("token", "secret"), ("punctuate", "true")]
    let connection = try DialectConnection(query, of: DeepgramDialect.self, path: "/v1/listen")
    #expect(connection.output.ignoredNames == ["keyterm", "keyterm"])
    let vosk = try DialectConnection([("rate", "8000")], of: VoskDialect.self, path: "/")
    #expect(vosk.output.ignoredNames == ["rate"])
  }

  @Test func `of messages`() throws {
    var vosk = try DialectConnection(of: VoskDialect.self, path: "/")
    _ = vosk.say(#"{"config":{"sample_rate":8000,"phrase_list":["a"],"model":"b"}}"#)
    #expect(vosk.output.ignoredNames == ["phrase_list", "model"])
    var realtime = try DialectConnection([("intent", "transcription")], of: RealtimeDialect.self, path: "/v1/realtime")
    realtime.open()
    let input = #"{"noise_reduction":null,"transcription":{"model":"a","prompt":"b"},"turn_detection":{"threshold":1}}"#
    _ = realtime.say(#"{"type":"session.update","session":{"type":"transcription","audio":{"input":\#(input)}}}"#)
    #expect(realtime.output.ignoredNames == ["noise_reduction", "prompt", "threshold"])
    var form = OpenAIForm()
    for name in ["model", "prompt", "temperature"] { try form.set(name, "1") }
    #expect(form.ignored == ["prompt", "temperature"])
    var turns = WyomingProtocol()
    _ = turns.receive(WyomingEvent("transcribe", [.init(key: "context", value: .null)]), .both)
    #expect(turns.ignored == ["context"])
  }
}
