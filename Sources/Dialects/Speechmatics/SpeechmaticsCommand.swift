internal import Contract
internal import JSON

/// A text message of a Speechmatics client.
enum SpeechmaticsCommand: Equatable {
  case startRecognition(JSONValue)
  /// Makes the open utterance final; the stream goes on.
  case forceEndOfUtterance
  case endOfStream
  case getSpeakers
  /// Changes nothing here.
  case setRecognitionConfig

  init(_ text: UnsafeRawBufferPointer) throws(SpeechmaticsProblem) {
    guard let value = try? JSONValue(parsing: text), case .object = value else {
      throw SpeechmaticsProblem(
        .message, "message", expected: "a JSON object", String(decoding: text.prefix(60), as: UTF8.self))
    }
    switch value["message"]?.string {
    case "StartRecognition": self = .startRecognition(value)
    case "ForceEndOfUtterance": self = .forceEndOfUtterance
    case "EndOfStream": self = .endOfStream
    case "GetSpeakers": self = .getSpeakers
    case "SetRecognitionConfig": self = .setRecognitionConfig
    default:
      throw SpeechmaticsProblem(
        .order, "message", expected: "StartRecognition, ForceEndOfUtterance, EndOfStream or another known one",
        value["message"]?.text ?? "")
    }
  }
}
