internal import Audio
public import JSON

/// A text message that isn't a known control message. Its description is what the client is told.
public struct ControlMessageError: Error, Equatable, CustomStringConvertible {
  public var text: String
  public var description: String { "Unknown control message: \(text.shortened)" }

  public init(text: String) { self.text = text }
}

/// What a client says in text.
public enum ControlMessage: Equatable, Sendable {
  /// The largest control (text) message; the longest legal one is under 300 bytes.
  public static let largestBytes = 4096

  /// The whole message; `StreamParameters.set(from:engines:)` takes what it asks for.
  case start(JSONValue)
  case flush
  case stop
  /// The id goes back as it came; nil when there was none.
  case ping(id: JSONValue?)

  /// Reads a JSON object with a `type` that is known; members not known are left alone.
  public init(parsing text: UnsafeRawBufferPointer) throws(ControlMessageError) {
    guard text.count <= Self.largestBytes, let value = try? JSONValue(parsing: text),
      let type = value["type"]?.string
    else { throw ControlMessageError(text: String(decoding: text.prefix(Self.largestBytes), as: UTF8.self)) }
    switch type {
    case "start": self = .start(value)
    case "flush": self = .flush
    case "stop": self = .stop
    case "ping": self = .ping(id: value["id"])
    default: throw ControlMessageError(text: String(decoding: text, as: UTF8.self))
    }
  }

  /// The message as text.
  public var text: String {
    var object = JSONObject()
    switch self {
    case .start(let value): return value.text
    case .flush: object.add("type", "flush")
    case .stop: object.add("type", "stop")
    case .ping(let id):
      object.add("type", "ping")
      if let id { object.add("id", id) }
    }
    return object.text
  }

  /// A `start` that asks for everything in `parameters`.
  public static func start(_ parameters: StreamParameters) -> ControlMessage {
    .start(
      .object([
        .init(key: "type", value: .string("start")),
        .init(key: "sample_rate", value: .number(String(parameters.format.sampleRate))),
        .init(key: "channels", value: .number(String(parameters.format.channels))),
        .init(key: "encoding", value: .string(parameters.format.encoding.rawValue)),
        .init(key: "engine", value: .string(parameters.engine)),
      ]))
  }
}
