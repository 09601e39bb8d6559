import WebSocket
import Wire

/// Asks a server that has refused a stream whether the engine is what it lacks: the body of a refused upgrade says so, but
/// is not to be had. One question at a time, whoever waits for its answer.
final class EngineInquiry {
  private let stage: Stage
  private let url: WebSocketURL
  private let engine: String?
  private var waiting: [(String?) -> Void] = []

  init(stage: Stage, url: WebSocketURL, engine: String?) {
    self.stage = stage
    self.url = url
    self.engine = engine
  }

  /// Tells, now or later, why the server will say the same again; nil when it may not, or that can't be known.
  func explain(_ error: WebSocketError, then tell: @escaping (String?) -> Void) {
    guard Self.mayConcernEngine(error), !url.secure, let path = Self.path(beside: url.path) else { return tell(nil) }
    waiting.append(tell)
    guard waiting.count == 1 else { return }
    let (host, port, authority) = (url.host, url.port, url.authority)
    OffLoop.run(on: stage.loop) {
      PlainHTTP.get(host: host, port: port, authority: authority, path: path)
    } then: { [self] answer in
      let told = waiting
      waiting = []
      let list = answer.flatMap { try? JSONValue(parsing: $0) }.flatMap { EngineList($0) }
      let reason = list?.objection(to: engine)
      for tell in told { tell(reason) }
    }
  }

  private static func mayConcernEngine(_ error: WebSocketError) -> Bool {
    guard case .refused(let status, _) = error else { return false }
    return status == 400 || status == 503
  }

  /// What came of an attempt, for people; where an answer can't be had, how they get it.
  func words(_ error: WebSocketError, place: String, objection: String?) -> String {
    let words = error.words(place: place)
    if let objection { return "\(words): \(objection)" }
    guard let engine, url.secure, Self.mayConcernEngine(error), let path = Self.path(beside: url.path) else {
      return words
    }
    return "\(words); GET \(path) there tells whether it has the engine \"\(engine)\""
  }

  /// `/api/audio/ws?x=y` → `/api/audio/engines`
  static func path(beside path: String) -> String? {
    let place = path.prefix { $0 != "?" }
    guard place.hasSuffix("/ws") else { return nil }
    return place.dropLast(2) + "engines"
  }
}
