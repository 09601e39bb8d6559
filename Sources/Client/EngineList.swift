import Wire

/// What a server says of its engines.
struct EngineList: Equatable {
  private struct Engine: Equatable {
    var name: String
    var state: String
    var reason: String?
  }

  private var preferred: String?
  private var engines: [Engine]

  /// Reads the answer to `GET /api/audio/engines`.
  init?(_ value: JSONValue) {
    guard let list = value["engines"]?.array else { return nil }
    preferred = value["default"]?.string
    engines = list.compactMap { value in
      guard let name = value["engine"]?.string, let state = value["state"]?.string else { return nil }
      return Engine(name: name, state: state, reason: value["reason"]?.string)
    }
  }

  /// Why a stream that asks for `name`, or for nothing, can't have its engine; nil where nothing speaks against it.
  func objection(to name: String?) -> String? {
    guard let wanted = name ?? preferred else { return nil }
    guard let engine = engines.first(where: { $0.name == wanted }) else {
      let names = engines.map(\.name).joined(separator: ", ")
      return "it has no engine \"\(wanted)\"; there are \(names)"
    }
    guard engine.state == "unavailable" else { return nil }
    return "engine \(wanted) is unavailable" + (engine.reason.map { ": \($0)" } ?? "")
  }
}
