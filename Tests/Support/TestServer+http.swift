public import JSON

/// What the server tells over plain HTTP.
extension TestServer {
  /// A request of its own connection, and its whole answer.
  public func get(_ path: String) throws -> (head: String, body: String) {
    let socket = try RawSocket(port: port)
    try socket.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n") else { throw TestFailure("no answer but \(text)") }
    return (String(text[..<gap.lowerBound]), String(text[gap.upperBound...]))
  }

  public func stats() throws -> JSONValue { try JSONValue(parsing: get("/api/audio/stats").body.utf8) }

  /// One of the counters of `/api/audio/stats`.
  public func figure(_ name: String) throws -> Int {
    guard let figure = try stats()["figures"]?[name]?.integer else { throw TestFailure("no figure \(name)") }
    return figure
  }

  /// The value of a series with labels, in Prometheus' format; 0 for none.
  public func metric(_ series: String) throws -> Double {
    try get("/metrics").body.split(separator: "\n").first { $0.hasPrefix("\(series) ") }
      .flatMap { Double($0.dropFirst(series.utf8.count + 1)) } ?? 0
  }

  public var isReady: Bool { get throws { try get("/api/audio/ready").head.hasPrefix("HTTP/1.1 200 ") } }
}
