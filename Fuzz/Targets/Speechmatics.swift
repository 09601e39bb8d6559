import Recognition

@testable import Dialects

/// Messages of a Speechmatics client, one a line. A configuration that is taken is within its limits; a refusal names
/// the expected form.
func fuzzSpeechmatics(_ bytes: UnsafeRawBufferPointer) {
  for line in bytes.split(separator: 10) {
    do throws(SpeechmaticsProblem) {
      guard case .startRecognition(let wish) = try SpeechmaticsCommand(UnsafeRawBufferPointer(rebasing: line)) else {
        continue
      }
      requireLegal(
        try SpeechmaticsConfig(wish, language: "de", EngineList(standard: "mock", enabled: ["mock"])).request)
    } catch {
      requireReason(error.reason)
    }
  }
}

/// A stream that a worker takes.
func requireLegal(_ request: StreamRequest) {
  require((8000...384_000).contains(request.format.sampleRate), "A rate was taken that is not allowed.")
  require((1...8).contains(request.format.channels), "Channels were taken that are not allowed.")
  require(
    request.utterances.silenceMilliseconds.map { (100...2000).contains($0) } ?? true,
    "A silence was taken that is not allowed.")
}

func requireReason(_ reason: String) {
  require(reason.contains("expected"), "A refusal does not say what was expected.")
}
