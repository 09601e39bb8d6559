internal import Contract
internal import JSON

/// Reason for an event without effect; the session goes on.
struct RealtimeProblem: Error, Equatable {
  /// As the protocol names it.
  enum Code: String {
    case unknownEvent = "unknown_event"
    case invalidValue = "invalid_value"
    case invalidJSON = "invalid_json"
    case emptyCommit = "input_audio_buffer_commit_empty"
  }

  let code: Code
  let message: String
  var parameter: String?
  /// The client's name of its event.
  var eventID: String?

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ parameter: String, expected: String, _ value: JSONValue?) {
    self.init(.invalidValue, "\(parameter): expected \(expected), got \((value?.text ?? "").quoted)")
    self.parameter = parameter
  }
}
