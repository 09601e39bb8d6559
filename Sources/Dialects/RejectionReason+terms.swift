internal import Web

/// The same in every dialect; each puts the sentence into a body of its own form.
extension RejectionReason {
  struct Terms {
    var cause: Rejection.Cause
    var status: Int
    var error: String
    /// The native protocol's older name for it.
    var code: String?
    var headers: [HTTPResponse.Header] = []
  }

  var terms: Terms {
    switch self {
    case .tokenMissing:
      Terms(
        cause: .tokenMissing, status: 401, error: "Access token required",
        headers: [.init("www-authenticate", #"Bearer realm="audio-service""#)])
    case .tokenUnknown:
      Terms(
        cause: .tokenUnknown, status: 401, error: "Unknown access token",
        headers: [.init("www-authenticate", #"Bearer realm="audio-service", error="invalid_token""#)])
    case .originNotAllowed:
      Terms(cause: .originNotAllowed, status: 403, error: "Origin not allowed (see --allow-origin)")
    case .roleNotAllowed(let role):
      Terms(cause: .roleNotAllowed, status: 403, error: "A token of the role \(role) opens no streams")
    case .operatorsOnly(hasTokens: true):
      Terms(
        cause: .roleNotAllowed, status: 403,
        error: "Expected a token of the role operator (see audio-server token --help)")
    case .operatorsOnly(hasTokens: false):
      Terms(
        cause: .roleNotAllowed, status: 403,
        error: "Only this machine may see this, unless there are tokens of the role operator (see --auth-tokens)")
    case .tooManyStreams(let which):
      Terms(cause: .tooManyStreams, status: 429, error: which.sentence, headers: [.init("retry-after", "5")])
    case .engineUnavailable(let engine, let reason):
      Terms(
        cause: .engineUnavailable, status: 503, error: "engine \(engine) is unavailable: \(reason)",
        code: "engine_unavailable", headers: [.init("retry-after", "60")])
    case .delayed(let excess):
      Terms(
        cause: .overloaded, status: 503, error: excess.sentence, code: "overloaded",
        headers: [.init("retry-after", "15")])
    case .unavailable:
      Terms(
        cause: .unavailable, status: 503, error: "The server is full or shutting down: try again later",
        headers: [.init("retry-after", "5")])
    case .workersFull(let workers, let capacity):
      Terms(
        cause: .unavailable, status: 503,
        error: "\(Self.full(workers)), \(capacity) streams in all: try again later, add workers, or raise --capacity",
        headers: [.init("retry-after", "5")])
    case .uploadTooLarge(let limitMiB):
      Terms(
        cause: .invalidRequest, status: 413,
        error: "file: expected at most \(limitMiB) MiB (see --max-upload-mib), got more")
    case .uploadTooLong(let hours):
      Terms(cause: .invalidRequest, status: 413, error: "file: expected at most \(hours) hours of audio, got more")
    case .notDecoded(let problem): Terms(cause: .invalidRequest, status: 400, error: "file: \(problem)")
    case .notRecognized(let problem):
      Terms(cause: .engineUnavailable, status: 503, error: problem, headers: [.init("retry-after", "60")])
    case .tooManyUploads:
      Terms(
        cause: .overloaded, status: 503, error: "The server decodes as many files as it may: try again later",
        headers: [.init("retry-after", "5")])
    case .malformed(let status, let reason, let headers):
      Terms(cause: .invalidRequest, status: status, error: reason, headers: headers)
    }
  }
}

extension RejectionReason {
  private static func full(_ workers: Int) -> String {
    workers == 1 ? "The only worker is full" : "All \(workers) workers are full"
  }
}

extension RejectionReason.TooManyStreams {
  fileprivate var sentence: String {
    switch self {
    case .ofAddress(let limit): "Too many connections from this address: \(limit) open, limit \(limit)"
    case .ofToken(let limit): "Too many connections with this token: \(limit) open, limit \(limit)"
    }
  }
}

extension RejectedForDelay {
  public var sentence: String { Self.sentence(seconds: seconds, limitSeconds: limitSeconds) }

  static func sentence(seconds: Double, limitSeconds: Double) -> String {
    func text(_ seconds: Double) -> String {
      let tenths = Int((min(seconds, 1e6) * 10).rounded())
      return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
    return
      "Speech recognition is overloaded: final texts come \(text(seconds)) s late, limit \(text(limitSeconds)) s: try again later"
  }
}
