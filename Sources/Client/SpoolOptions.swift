import CommandLine

/// How long, and with how much sound, a stream waits for a server that is gone.
struct SpoolOptions: Equatable {
  /// Bytes of unanswered sound kept on disk.
  var fileBytes: Int
  /// How long a server is looked for; nil: for ever.
  var retryFor: Duration?

  init(fileBytes: Int = 1 << 30, retryFor: Duration? = nil) {
    self.fileBytes = fileBytes
    self.retryFor = retryFor
  }

  init(_ settings: Settings) throws(UsageError) {
    // A terabyte; 0: what fits into memory.
    fileBytes = (try settings.integer("spool-mb", in: 0...1_000_000) ?? 1024) << 20
    retryFor = try settings.seconds("retry-for", in: 0...1e9)
  }
}
