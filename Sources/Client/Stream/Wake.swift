/// The run that a thread with new audio wakes up, on the loop.
final class Wake: @unchecked Sendable {
  weak var run: StreamRun?
}
