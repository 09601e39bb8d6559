import Web

/// Answers browsers that ask whether a page may use this server (the fetch standard's CORS protocol).
enum CrossOrigin {
  /// The response to a preflight; nil: it is none.
  static func preflight(_ request: HTTPRequest, isAllowed: Bool) -> HTTPResponse? {
    guard request.method == "OPTIONS", request.header("origin") != nil else { return nil }
    guard isAllowed else { return HTTPResponse(status: 403) }
    return HTTPResponse(
      status: 204,
      headers: headers(request, isAllowed: true) + [
        .init("access-control-allow-methods", "GET, POST, OPTIONS"),
        // SDKs add headers of their own, which are ignored.
        .init(
          "access-control-allow-headers",
          request.header("access-control-request-headers") ?? "authorization, content-type, x-api-key"),
        .init("access-control-max-age", "3600"),
      ])
  }

  /// For every response to a page that may read it.
  static func headers(_ request: HTTPRequest, isAllowed: Bool) -> [HTTPResponse.Header] {
    guard isAllowed, let origin = request.header("origin") else { return [] }
    return [.init("access-control-allow-origin", origin), .init("vary", "origin")]
  }
}
