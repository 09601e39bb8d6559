/// What the holder of a token may do.
enum TokenRole: String, CaseIterable, Sendable {
  /// Open streams, and see the figures of the server.
  case stream
  /// See the figures, and no more.
  case metrics
  /// All of that, and see who has which stream.
  case `operator`

  var opensStreams: Bool { self != .metrics }
  var listsStreams: Bool { self == .operator }
}
