internal import JSON

/// The broker's description of itself, as far as it matters here.
public struct ServerInfo: Equatable, Sendable {
  public var version: String
  public var maximumPayload: Int
  public var requiresLogin: Bool
  public var requiresTLS: Bool
  public var hasHeaders: Bool

  /// Reads the JSON of an `INFO`.
  init(json: UnsafeRawBufferPointer) throws(BrokerError) {
    guard let value = try? JSONValue(parsing: String(decoding: json, as: UTF8.self)), case .object = value else {
      throw .malformed("an INFO that is not a JSON object")
    }
    version = value["version"]?.string ?? ""
    maximumPayload = value["max_payload"]?.integer ?? 0
    requiresLogin = value["auth_required"]?.bool ?? false
    requiresTLS = value["tls_required"]?.bool ?? false
    hasHeaders = value["headers"]?.bool ?? false
  }
}
