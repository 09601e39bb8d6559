@testable import Dialects
@testable import JSON

/// Messages of a vosk client, as text and as binary. A command leaves settings within their limits; a refusal names
/// the expected form.
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
      requireReason(error.description)
    }
    require((8000...384_000).contains(settings.sampleRate), "A rate was taken that is not allowed.")
    require(settings.alternatives >= 0, "A count was taken that is not allowed.")
  } catch {
    requireReason(error.description)
  }
}
