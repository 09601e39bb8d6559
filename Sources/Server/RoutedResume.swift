import Dialects

/// A resume request on its way between loops.
struct RoutedResume: Equatable, Sendable {
  var request: ResumeRequest
  /// The holder of the token that its connection showed.
  var holder: String?
  /// The number of its new connection's stream, and the loop that has it.
  var newcomer: UInt64
  var loop: Int
  /// The session's record, if that was changed for this request.
  var lease: SessionLease?
}
