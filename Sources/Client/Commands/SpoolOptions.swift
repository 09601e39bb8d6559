import CommandLine

/// How long a stream waits for a server that is unavailable, and how much audio it buffers.
struct SpoolOptions: Equatable {
  /// Bytes of unanswered audio kept on disk.
  var fileBytes: Int
  /// How long to look for a server. Nil: forever.
  var retryFor: Duration?

  init(fileBytes: Int = 1 << 30, retryFor: Duration? = nil) {
    self.fileBytes = fileBytes
    self.retryFor = retryFor
  }

  init(_ settings: Settings) throws(UsageError) {
    // At most a terabyte. 0: only memory.
    fileBytes = (try settings.integer("spool-mb", in: 0...1_000_000) ?? 1024) << 20
    retryFor = try settings.seconds("retry-for", in: 0...1e9)
  }
}
