internal import Contract

/// Reason for a stream that can't begin, or go on.
struct SpeechmaticsProblem: Error, Equatable {
  /// As the protocol names it.
  enum Kind: String {
    case audioType = "invalid_audio_type"
    case language = "invalid_language"
    case config = "invalid_config"
    case message = "invalid_message"
    /// A message at the wrong time.
    case order = "protocol_error"
    /// Some audio could not be recognized.
    case data = "data_error"
    /// The server can't recognize it.
    case job = "job_error"
  }

  let kind: Kind
  let reason: String

  init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  init(_ kind: Kind, _ parameter: String, expected: String, _ value: String) {
    self.init(kind, "\(parameter): expected \(expected), got \(value.quoted)")
  }
}
