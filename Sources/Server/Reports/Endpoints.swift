import Dialects
import JSON
import Web

/// The HTTP endpoints that open no stream.
enum Endpoints {
  static let health = "/api/audio/health"
  static let engines = "/api/audio/engines"
  static let ready = "/api/audio/ready"
  static let stats = "/api/audio/stats"
  static let streams = "/api/audio/streams"
  static let metrics = "/metrics"
  private static let stream = NativeDialect.streamPath
  private static let all = [health, ready, stats, streams, metrics, engines, stream] + APIDescriptions.paths

  static func isList(_ request: HTTPRequest) -> Bool {
    request.path == streams && ["GET", "HEAD"].contains(request.method)
  }

  static func answer(_ request: HTTPRequest, engines list: EngineList) -> HTTPResponse {
    switch (request.path, request.method) {
    case (health, "GET"), (health, "HEAD"): HTTPResponse(status: 200, json: #"{"status":"ok"}"#)
    case (engines, "GET"), (engines, "HEAD"): HTTPResponse(status: 200, json: list.json)
    case (stream, _): DialectList.native.rejection(socketOnly(request)).response
    case (let path, _) where all.contains(path): notAllowed(request)
    default: notFound(request)
    }
  }

  /// Why a request for a path that is a WebSocket is refused.
  static func socketOnly(_ request: HTTPRequest) -> RejectionReason {
    let path = request.path.prefix(120)
    guard ["GET", "HEAD"].contains(request.method) else {
      return .malformed(
        status: 405, reason: "\(path): expected GET, got \(request.method)", headers: [.init("allow", "GET, HEAD")])
    }
    return .malformed(
      status: 426, reason: "\(path) is a WebSocket: expected an upgrade request",
      headers: [.init("upgrade", "websocket")])
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

  static func notAllowed(_ request: HTTPRequest) -> HTTPResponse {
    refusal(405, "\(request.path.prefix(120)): expected GET, got \(request.method)", [.init("allow", "GET, HEAD")])
  }

  static func notFound(_ request: HTTPRequest) -> HTTPResponse {
    refusal(404, "\(request.path.prefix(120)): no such path; expected one of \(all.joined(separator: ", "))")
  }

  private static func refusal(_ status: Int, _ error: String, _ headers: [HTTPResponse.Header] = []) -> HTTPResponse {
    NativeDialect.response(status, error, headers)
  }
}
