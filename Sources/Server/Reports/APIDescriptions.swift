import Web

/// The descriptions of the server's interfaces for programs: OpenAPI of the HTTP part, AsyncAPI of the native
/// WebSocket.
enum APIDescriptions {
  /// By the paths that serve them.
  private static let files = Dictionary(
    uniqueKeysWithValues: EmbeddedFiles.descriptions.map { file in
      ("/api/audio/\(file.name)", StaticFile(contentType: "application/json", bytes: file.bytes))
    })

  static var paths: [String] { files.keys.sorted() }

  /// The response to a request for one of them; nil if its path is neither's.
  static func response(to request: HTTPRequest) -> HTTPResponse? {
    guard let file = files[request.path] else { return nil }
    guard ["GET", "HEAD"].contains(request.method) else { return Endpoints.notAllowed(request) }
    return file.response(to: request, headers: [.init("x-content-type-options", "nosniff")])
  }
}
