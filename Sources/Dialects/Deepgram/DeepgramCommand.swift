internal import Contract
internal import JSON

/// A text message of a live Deepgram client.
enum DeepgramCommand: Equatable {
  case keepAlive
  /// Makes the open utterance final; the stream goes on.
  case finalize
  case closeStream
  case configure
  /// Of a later version.
  case other

  init(_ text: UnsafeRawBufferPointer) throws(DeepgramProblem) {
    guard let value = try? JSONValue(parsing: text), case .object = value else {
      throw DeepgramProblem("message", expected: "a JSON object", String(decoding: text.prefix(60), as: UTF8.self))
    }
    switch value["type"]?.string {
    case "KeepAlive": self = .keepAlive
    case "Finalize": self = .finalize
    case "CloseStream": self = .closeStream
    case "Configure": self = .configure
    default: self = .other
    }
  }
}
