import JSON
import Platform
package import Web

/// An attempt to connect that failed: why, and whether another may succeed.
package struct ConnectFailure: Equatable {
  /// For the user, with the server's address.
  package var reason: String
  /// The server is there and will refuse again.
  package var isPermanent: Bool
  /// The engine is unavailable. A stream under way waits for it, a new one does not.
  package var isEngineUnavailable: Bool
  /// How long the server asks to wait.
  package var retryAfter: Duration?

  init(reason: String, isPermanent: Bool = false, isEngineUnavailable: Bool = false, retryAfter: Duration? = nil) {
    self.reason = reason
    self.isPermanent = isPermanent
    self.isEngineUnavailable = isEngineUnavailable
    self.retryAfter = retryAfter
  }

  /// - Parameters:
  ///   - place: the server's address as the user knows it.
  ///   - body: of the server's answer, if it sent one.
  package init(_ error: WebSocketError, place: String, body: String?) {
    let refusal = Self.refusal(body)
    reason = Self.words(error, place: place) + (refusal.map { ": \($0.error)" } ?? "")
    isPermanent = Self.isPermanent(error)
    isEngineUnavailable = refusal?.code == "engine_unavailable"
    if case .refused(_, let seconds?) = error { retryAfter = .seconds(seconds) }
  }

  private static func isPermanent(_ error: WebSocketError) -> Bool {
    switch error {
    case .badURL, .io, .badProxy, .untrusted, .redirected, .speaksTLS, .speaksNoTLS: true
    case .refused(let status, _): (400..<500).contains(status) && status != 408 && status != 429
    case .unreachable, .proxyFailed, .timedOut: false
    }
  }

  private static func words(_ error: WebSocketError, place: String) -> String {
    switch error {
    case .unreachable(let reason): "no server at \(place): \(reason)"
    case .timedOut: "no server at \(place): no answer in time"
    case .refused: "the server at \(place) \(error)"
    case .untrusted(let reason): "the certificate of the server at \(place) is not trusted: \(reason)"
    case .redirected(let status, let location):
      "the server at \(place) redirects with HTTP status \(status) to \(whole(location, from: place)): use that address"
    case .speaksTLS: "the server at \(place) speaks TLS: use \(with("wss", place))"
    case .speaksNoTLS: "the server at \(place) speaks no TLS: use \(with("ws", place))"
    case .badURL, .io, .badProxy: "\(error)"
    case .proxyFailed(let proxy, let reason):
      "no server at \(place): no connection through the proxy \(proxy): \(reason)"
    }
  }

  private static func with(_ scheme: String, _ place: String) -> String { scheme + place.drop { $0 != ":" } }

  /// A server may leave out of its redirect what stays the same.
  private static func whole(_ location: String, from place: String) -> String {
    guard location.hasPrefix("/"), let start = place.firstRange(of: "://")?.upperBound else { return location }
    if location.hasPrefix("//") { return place[..<start].dropLast(2) + location }
    return place[..<start] + place[start...].prefix { $0 != "/" } + location
  }

  /// The service's own words in the body of its answer. Nil if the body is not from the service.
  private static func refusal(_ body: String?) -> (error: String, code: String?)? {
    guard let body, let value = try? JSONValue(parsing: Array(body.utf8)), let error = value["error"]?.string else {
      return nil
    }
    return (String(TextCells.plain(error).prefix(500)), value["code"]?.string)
  }
}
