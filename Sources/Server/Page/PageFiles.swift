import Platform
import Web

/// The files of the page by the paths that serve them: `/` and `/embed` are index.html, which looks at its address,
/// `/NAME` is NAME.html, and `/page/NAME` any other. A request's path is only ever compared with them.
struct PageFiles: Equatable, Sendable {
  /// Where they come from.
  enum Source: Equatable, Sendable {
    /// The program itself.
    case program
    /// A folder, read again for each request: for people who work on the page.
    case folder(String)
    /// There is no page.
    case none
  }

  private let source: Source
  private let isSecure: Bool
  private let headers: [HTTPResponse.Header]
  private let files: [String: StaticFile]

  private static let contentTypes = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
  ]

  /// - Parameter isSecure: it is served with TLS.
  init(_ source: Source, isSecure: Bool) {
    self.source = source
    self.isSecure = isSecure
    headers = Self.headers(isSecure: isSecure)
    let embedded = EmbeddedFiles.page.map { ($0.name, ServedText.bytes(of: $0.name, $0.bytes)) }
    files = source == .program ? Self.table(embedded) : [:]
  }

  /// Nothing but what the server itself sends may run, be loaded or be spoken to, and no other page may frame it.
  private static func headers(isSecure: Bool) -> [HTTPResponse.Header] {
    let headers: [HTTPResponse.Header] = [
      .init(
        "content-security-policy",
        """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src blob:; connect-src 'self'; \
        worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types worker
        """),
      .init("x-content-type-options", "nosniff"), .init("referrer-policy", "no-referrer"),
      .init("permissions-policy", "microphone=(self), camera=(), geolocation=()"),
      .init("cross-origin-resource-policy", "same-origin"),
    ]
    return isSecure ? headers + [.init("strict-transport-security", "max-age=31536000")] : headers
  }

  /// The response to a request for a file of the page; nil if its path is none of theirs.
  func response(to request: HTTPRequest) -> HTTPResponse? {
    guard let file = file(at: request.path) else { return nil }
    guard ["GET", "HEAD"].contains(request.method) else { return Endpoints.notAllowed(request) }
    // Elsewhere browsers ignore it, and say so in their console.
    let isTrusted = isSecure || OriginRule.isOfThisMachine(host: request.header("host"))
    let opener = HTTPResponse.Header("cross-origin-opener-policy", "same-origin")
    return file.response(to: request, headers: isTrusted ? headers + [opener] : headers)
  }

  private func file(at path: String) -> StaticFile? {
    let path = path == "/embed" ? "/" : path
    return switch source {
    case .program: files[path]
    case .folder(let folder): Self.table(Self.files(in: folder))[path]
    case .none: nil
    }
  }

  private static func table(_ files: [(name: String, bytes: [UInt8])]) -> [String: StaticFile] {
    files.reduce(into: [:]) { table, file in
      guard let (path, type) = place(of: file.name) else { return }
      table[path] = StaticFile(contentType: type, bytes: file.bytes)
    }
  }

  /// The path that serves a file, and what it is; nil for a kind that the page has not.
  static func place(of name: String) -> (path: String, contentType: String)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, !parts[0].isEmpty, let type = contentTypes[String(parts[parts.count - 1])] else {
      return nil
    }
    guard name.hasSuffix(".html") else { return ("/page/\(name)", type) }
    return (name == "index.html" ? "/" : "/\(name.dropLast(5))", type)
  }

  static func files(in folder: String) -> [(name: String, bytes: [UInt8])] {
    let names = (try? SmallFile.names(in: folder)) ?? []
    return names.filter { place(of: $0) != nil }.compactMap { name in
      (try? SmallFile.bytes(of: "\(folder)/\(name)", upTo: maximumFileBytes)).map { (name, $0) }
    }
  }

  /// A file of the page has less.
  private static let maximumFileBytes = 4 << 20
}
