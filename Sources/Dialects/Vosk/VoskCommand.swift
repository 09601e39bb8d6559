internal import Contract
internal import JSON

/// A text message of a client of the vosk protocol.
enum VoskCommand: Equatable {
  case configure(JSONValue)
  /// Everything is to be final, and the stream goes on.
  case reset
  /// Everything is to be final, and nothing follows.
  case end

  init(text: UnsafeRawBufferPointer) throws(VoskProblem) {
    guard let value = try? JSONValue(parsing: text) else {
      throw VoskProblem("expected a JSON object, got \(String(decoding: text.prefix(60), as: UTF8.self).quoted)")
    }
    guard let command = Self(value) else {
      throw VoskProblem(#"expected {"config": {…}}, {"eof": 1} or {"reset": 1}"#, got: value)
    }
    self = command
  }

  /// A short binary message may be one as well; nil: it is audio.
  init?(binary bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= Self.longestBinaryBytes, let value = try? JSONValue(parsing: bytes),
      let command = Self(value), command == .end || command == .reset
    else { return nil }
    self = command
  }

  private static let longestBinaryBytes = 32

  private init?(_ value: JSONValue) {
    func isSet(_ key: String) -> Bool { value[key]?.bool ?? value[key]?.integer.map { $0 != 0 } ?? false }
    if isSet("eof") {
      self = .end
    } else if isSet("reset") {
      self = .reset
    } else if let config = value["config"], case .object = config {
      self = .configure(config)
    } else {
      return nil
    }
  }
}

/// The expected form of a message that had another: the reason in the close frame.
struct VoskProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(_ expected: String, got value: JSONValue) { description = "\(expected), got \(value.text.quoted)" }
}
