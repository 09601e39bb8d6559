internal import JSON

/// The broker's description of itself, as far as it matters here.
public struct ServerInfo: Equatable, Sendable {
  public var version: String
  public var maximumPayload: Int
  public var requiresLogin: Bool
  public var requiresTLS: Bool
  public var offersTLS: Bool
  /// A certificate of the client.
  public var requiresCertificate: Bool
  /// The text that users with a key sign.
  public var nonce: String?
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
    offersTLS = value["tls_available"]?.bool ?? false
    requiresCertificate = value["tls_verify"]?.bool ?? false
    nonce = value["nonce"]?.string
    hasHeaders = value["headers"]?.bool ?? false
  }
}
