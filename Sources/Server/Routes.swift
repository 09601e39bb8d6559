import Contract
import JSON
import Web
import WebSocket
import WorkerLink

/// What there is to ask for over HTTP.
enum Routes {
  static let health = "/api/audio/health"
  static let engines = "/api/audio/engines"
  static let stream = "/api/audio/ws"
  static let ready = "/api/audio/ready"
  static let stats = "/api/audio/stats"
  static let metrics = "/metrics"
  private static let all = [health, ready, stats, metrics, engines, stream]

  /// A request that does not ask to be upgraded.
  static func answer(_ request: HTTPRequest, engines states: EngineStates) -> HTTPResponse {
    switch (request.path, request.method) {
    case (health, "GET"), (health, "HEAD"): HTTPResponse(status: 200, json: #"{"status":"ok"}"#)
    case (engines, "GET"), (engines, "HEAD"): HTTPResponse(status: 200, json: states.json)
    case (stream, "GET"), (stream, "HEAD"):
      refusal(
        426, "\(stream) speaks WebSocket: ask for an upgrade", [.init("upgrade", "websocket")])
    case (let path, _) where all.contains(path):
      refusal(
        405, "\(request.method) was asked for; allowed at \(request.path) is GET", [.init("allow", "GET, HEAD")])
    default: notFound(request)
    }
  }

  static func readiness(_ problem: String?) -> HTTPResponse {
    guard let problem else { return HTTPResponse(status: 200, json: #"{"status":"ready"}"#) }
    var object = JSONObject()
    object.add("status", "unready")
    object.add("reason", problem)
    return HTTPResponse(status: 503, json: object.text, headers: [.init("retry-after", "1")])
  }

  static func metrics(_ report: Report) -> HTTPResponse {
    HTTPResponse(
      status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(report.prometheus.utf8))
  }

  enum Upgrade: Equatable {
    case accept(StreamParameters)
    case refuse(HTTPResponse)
  }

  /// A request to become a stream.
  static func upgrade(_ request: HTTPRequest, engines: EngineStates, hasRoom: Bool) -> Upgrade {
    guard request.path == stream else { return .refuse(notFound(request)) }
    guard hasRoom else {
      return .refuse(refusal(503, "The server is full or ending: try again later", [.init("retry-after", "5")]))
    }
    var parameters = StreamParameters(engine: engines.standard.rawValue)
    do throws(ParameterError) {
      for item in request.query { try parameters.set(item.name, to: item.value, engines: engines.names) }
    } catch {
      // An engine that this server could have, but was not started with, is told with how it can.
      let hint = error.parameter == "engine" ? engines.refusal(error.value).map { "; \($0)" } : nil
      return .refuse(refusal(400, error.description + (hint ?? "")))
    }
    if let problem = engines.refusal(parameters.engine) {
      return .refuse(refusal(503, problem, code: "engine_unavailable", [.init("retry-after", "60")]))
    }
    return .accept(parameters)
  }

  private static func notFound(_ request: HTTPRequest) -> HTTPResponse {
    refusal(404, "Nothing is at \(request.path.shortened); there are \(all.joined(separator: ", "))")
  }

  static func refusal(
    _ status: Int, _ error: String, code: String? = nil, _ headers: [HTTPResponse.Header] = []
  ) -> HTTPResponse {
    HTTPResponse(status: status, json: ServerMessage.failure(error: error, code: code, seq: nil).text, headers: headers)
  }
}
