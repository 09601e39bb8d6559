import Contract
import Dialects
import JSON

@testable import Server
@testable import Web

/// The query of a URL that asks for a stream: a stream within its limits, or an answer that is whole and says why not.
func fuzzParameters(_ bytes: UnsafeRawBufferPointer) {
  // As a request has it: split at `&`, each part decoded.
  let items = String(decoding: bytes, as: UTF8.self).split(separator: "&").map { item in
    let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return HTTPRequest.QueryItem(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
  }
  let request = HTTPRequest(method: "GET", path: NativeDialect.streamPath, query: items)
  let engines = EngineList(standard: "mock", enabled: ["mock", "speech"])
  do throws(Rejection) {
    let asked = try NativeDialect.open(request, engines).request
    requireLegal(StreamParameters(format: asked.format, engine: asked.engine), engines: engines.selectable)
  } catch {
    require(error.response.status == 400, "A parameter was rejected with \(error.response.status).")
    requireWhole(error.response)
  }
  requireWhole(
    Endpoints.answer(HTTPRequest(method: "GET", path: String(decoding: bytes, as: UTF8.self)), engines: engines))
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
