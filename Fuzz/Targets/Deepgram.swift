import Web

@testable import Dialects

/// The query of a live Deepgram client, and after a line feed its messages, one a line. What is taken is within its
/// limits; a refusal names the expected form.
func fuzzDeepgram(_ bytes: UnsafeRawBufferPointer) {
  let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { UnsafeRawBufferPointer(rebasing: $0) }
  let items = String(decoding: lines[0], as: UTF8.self).split(separator: "&").map { item in
    let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return HTTPRequest.QueryItem(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
  }
  do throws(DeepgramProblem) {
    let parameters = try DeepgramParameters(items, EngineList(standard: "mock", enabled: ["mock"]))
    requireLegal(parameters.request)
    for line in lines.dropFirst() { _ = try DeepgramCommand(line) }
  } catch {
    requireReason(error.description)
  }
}
