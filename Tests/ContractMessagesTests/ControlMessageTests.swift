import Audio
import Contract
import JSON
import Testing

struct ControlMessageTests {
  private func parse(_ text: String) throws(ControlMessageError) -> ControlMessage {
    let bytes = Array(text.utf8)
    let result: Result<ControlMessage, ControlMessageError> = bytes.withUnsafeBytes { bytes in
      do throws(ControlMessageError) { return .success(try ControlMessage(parsing: bytes)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  @Test func `the four messages are known, whatever else they hold`() throws {
    #expect(try parse(#"{"type":"flush"}"#) == .flush)
    #expect(try parse(#" { "later" : [1] , "type" : "stop" } "#) == .stop)
    #expect(try parse(#"{"type":"ping"}"#) == .ping(id: nil))
    #expect(try parse(#"{"type":"ping","id":null}"#) == .ping(id: .null))
    guard case .start(let value) = try parse(#"{"type":"start","channels":2}"#) else {
      Issue.record("start was not understood")
      return
    }
    #expect(value["channels"]?.integer == 2)
  }

  @Test func `an id goes back as it came`() throws {
    for id in ["1", "1.50", "-0", "1e400", #""é\"""#, "[1,{\"a\":null}]", "12345678901234567890"] {
      let text = #"{"type":"ping","id":\#(id)}"#
      #expect(try parse(text).text == text)
    }
  }

  @Test func `messages are read back as they were written`() throws {
    let parameters = StreamParameters(
      format: AudioFormat(sampleRate: 48_000, channels: 2, encoding: .f32le), engine: "mock")
    for message in [ControlMessage.flush, .stop, .ping(id: nil), .ping(id: .number("7")), .start(parameters)] {
      #expect(try parse(message.text) == message)
    }
    #expect(
      ControlMessage.start(parameters).text
        == #"{"type":"start","sample_rate":48000,"channels":2,"encoding":"f32le","engine":"mock"}"#)
  }

  @Test(arguments: ["", "hello", "{}", "[]", "null", #"{"type":1}"#, #"{"type":"Stop"}"#, #"{"type":"flush""#])
  func `any other text is no control message and is repeated in the error`(text: String) {
    let error = #expect(throws: ControlMessageError.self) { try parse(text) }
    #expect(error?.description == "Unknown control message: \(text)")
  }

  @Test func `a long text is refused and repeated only in part`() {
    let padding = String(repeating: " ", count: ControlMessage.largestBytes)
    let error = #expect(throws: ControlMessageError.self) { try parse(#"{"type":"stop"}"# + padding) }
    #expect(error.map { $0.description.count < 200 } == true)
    let long = #expect(throws: ControlMessageError.self) { try parse(String(repeating: "é", count: 100_000)) }
    #expect(long.map { $0.description.hasSuffix("é…") } == true)
  }
}
