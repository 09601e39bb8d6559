/// The reason why a stream could not begin, or did not end as it should. The texts say what was wrong, and what would
/// be right where that is known.
public enum SpeechError: Error, Sendable {
  /// An argument cannot be used.
  case invalid(String)
  /// The sound is not to be had: a `CaptureError` of a file or a microphone, or the error of a sequence of pieces. What
  /// came before it was transcribed.
  case source(any Error)
  /// There is no server at the address. Another attempt may succeed.
  case unavailable(String)
  /// The server is there and will refuse again: its certificate, the token, the engine, the language.
  case refused(String)
  /// The connection is lost, and was not found again in time.
  case interrupted(String)
  /// Not everything was transcribed: how much, and what is missing.
  case incomplete(String)
}

extension SpeechError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .source(let error): "\(error)"
    case .invalid(let text), .unavailable(let text), .refused(let text), .interrupted(let text), .incomplete(let text):
      text
    }
  }
}
