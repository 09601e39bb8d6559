internal import JSON

/// One message of the Wyoming protocol, in either direction: a line of JSON, then data and a payload of stated lengths.
public struct WyomingEvent: Equatable, Sendable {
  var type: String
  /// An object.
  var data: JSONValue
  var payload: [UInt8]

  init(_ type: String, _ data: [JSONValue.Member] = [], payload: [UInt8] = []) {
    self.type = type
    self.data = .object(data)
    self.payload = payload
  }

  /// The newest version of the protocol's own package, as its programs write it into every line.
  private static let version = "1.10.2"

  /// On the wire.
  public var bytes: [UInt8] {
    let data = data == .object([]) ? [] : Array(data.text.utf8)
    var line = JSONObject()
    line.add("type", type)
    line.add("version", Self.version)
    if !data.isEmpty { line.add("data_length", data.count) }
    if !payload.isEmpty { line.add("payload_length", payload.count) }
    return line.bytes + [10] + data + payload
  }

  /// The client is told what is wrong, and its connection closed.
  public static func error(_ problem: WyomingProblem) -> WyomingEvent {
    WyomingEvent(
      "error",
      [
        .init(key: "text", value: .string(problem.description)), .init(key: "code", value: .string(problem.code)),
      ])
  }
}

/// A sentence for a client whose event can't be carried out.
public struct WyomingProblem: Error, Equatable, CustomStringConvertible {
  public let description: String
  let code: String

  init(_ description: String, code: String = "invalid_request") {
    (self.description, self.code) = (description, code)
  }

  /// In the words of all dialects.
  public init(_ reason: RejectionReason) {
    let terms = reason.terms
    self.init(terms.error, code: terms.cause.rawValue)
  }
}
