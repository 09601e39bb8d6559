@testable import Dialects
@testable import JSON

/// What a client of the vosk protocol says, as text and as binary: a command that is read leaves settings within their
/// limits, and a refusal says what was expected.
func fuzzVosk(_ bytes: UnsafeRawBufferPointer) {
  if let command = VoskCommand(binary: bytes) {
    require(bytes.count <= 32 && (command == .end || command == .reset), "Audio was taken for a command.")
  }
  do throws(VoskProblem) {
    guard case .configure(let config) = try VoskCommand(text: bytes) else { return }
    var settings = VoskSettings()
    do throws(VoskProblem) {
      try settings.set(from: config, mayChangeRate: true)
    } catch {
      requireReason(error)
    }
    require((8000...384_000).contains(settings.sampleRate), "A rate was taken that is not allowed.")
    require(settings.alternatives >= 0, "A count was taken that is not allowed.")
  } catch {
    requireReason(error)
  }
}

private func requireReason(_ problem: VoskProblem) {
  require(problem.description.contains("expected"), "A refusal does not say what was expected.")
}
