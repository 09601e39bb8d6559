import JSON
import WebSocket

/// Why a server did not open a stream, in its own words.
struct Refusal: Equatable {
  var error: String
  var code: String?

  /// Reads the body of the answer; nil when it is none of the service's.
  init?(_ body: String?) {
    guard let body, let value = try? JSONValue(parsing: Array(body.utf8)), let error = value["error"]?.string else {
      return nil
    }
    self.error = String(TextCells.plain(error).prefix(500))
    code = value["code"]?.string
  }

  /// It will say the same again, though its status leaves that open.
  var isPermanent: Bool { code == "engine_unavailable" }
}

extension WebSocketError {
  /// What came of the attempt to reach the server at `place`, and why as far as the server said.
  func words(place: String, refusal: Refusal?) -> String {
    words(place: place) + (refusal.map { ": \($0.error)" } ?? "")
  }
}
