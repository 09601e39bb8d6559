import JSON
import Web
import WorkerLink

@testable import Server
@testable import WebSocket

/// The query of a URL that asks for a stream: a stream within its limits, or an answer that is whole and says why not.
func fuzzParameters(_ bytes: UnsafeRawBufferPointer) {
  // As the library hands it over: split at `&`, each part decoded.
  let items = String(decoding: bytes, as: UTF8.self).split(separator: "&").map { item in
    let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return HTTPRequest.QueryItem(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
  }
  let request = HTTPRequest(method: "GET", path: Routes.stream, query: items)
  let engines = EngineStates(standard: .mock, enabled: [.mock, .speech])
  switch Routes.upgrade(request, engines: engines, hasRoom: true) {
  case .accept(let parameters): requireLegal(parameters, engines: engines.names)
  case .refuse(let response):
    require(response.status == 400, "A parameter was refused with \(response.status).")
    requireWhole(response)
  }
  requireWhole(
    Routes.answer(HTTPRequest(method: "GET", path: String(decoding: bytes, as: UTF8.self)), engines: engines))
}

/// One header, one body of the length it says, and an error that can be read.
func requireWhole(_ response: HTTPResponse) {
  let encoded = response.encoded(isHead: false, keepAlive: true)
  let head = encoded.dropLast(response.body.count)
  let ends = head.indices.filter { head[$0...].starts(with: "\r\n\r\n".utf8) }
  require(ends == [head.endIndex - 4], "An answer's header ends early.")
  require(
    response.status == 200
      || (try? JSONValue(parsing: response.body)).flatMap { $0["error"]?.string } != nil,
    "An answer does not say what is wrong.")
}
