/// A file that is served from memory, with an entity tag so that a client that has it already is told so.
public struct StaticFile: Equatable, Sendable {
  public let contentType: String
  public let bytes: [UInt8]
  /// In quotes, as headers have it.
  public let entityTag: String

  public init(contentType: String, bytes: [UInt8]) {
    self.contentType = contentType
    self.bytes = bytes
    entityTag = "\"" + OpenSSL.base64(Array(OpenSSL.sha256(bytes).prefix(15))) + "\""
  }

  /// The response to GET and HEAD: the file, 304 if the client has it, 405 for other methods.
  public func response(to request: HTTPRequest, headers: [HTTPResponse.Header] = []) -> HTTPResponse {
    guard request.method == "GET" || request.method == "HEAD" else {
      return HTTPResponse(
        status: 405, contentType: "text/plain", body: Array("Expected GET or HEAD\n".utf8),
        headers: [.init("allow", "GET, HEAD")])
    }
    let tagged = [HTTPResponse.Header("etag", entityTag), .init("cache-control", "no-cache")] + headers
    // Weak and strong tags compare alike here (RFC 9110, 13.1.2).
    let known = request.headers.items("if-none-match").map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 }
    if known.contains(entityTag) || known == ["*"] { return HTTPResponse(status: 304, headers: tagged) }
    return HTTPResponse(status: 200, contentType: contentType, body: bytes, headers: tagged)
  }
}
