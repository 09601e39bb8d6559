import Glibc

/// One target: what it is called, and what it does with the bytes of one run. A property that does not hold ends the
/// process.
struct FuzzTarget: Sendable {
  let name: String
  let run: @Sendable (UnsafeRawBufferPointer) -> Void

  /// All there are; `FUZZ_TARGET` names the one a process works on. Scripts/fuzz reads their names here.
  static let all = [
    FuzzTarget(name: "control", run: fuzzControl),
    FuzzTarget(name: "replies", run: fuzzReplies),
    FuzzTarget(name: "answers", run: fuzzAnswers),
    FuzzTarget(name: "parameters", run: fuzzParameters),
    FuzzTarget(name: "url", run: fuzzURL),
    FuzzTarget(name: "head", run: fuzzHead),
    FuzzTarget(name: "responses", run: fuzzResponses),
    FuzzTarget(name: "opening", run: fuzzOpening),
    FuzzTarget(name: "tls", run: fuzzTLS),
    FuzzTarget(name: "records", run: fuzzRecords),
    FuzzTarget(name: "tokens", run: fuzzTokens),
    FuzzTarget(name: "http", run: fuzzHTTP),
    FuzzTarget(name: "frames", run: fuzzFrames),
    FuzzTarget(name: "headers", run: fuzzHeaders),
    FuzzTarget(name: "messages", run: fuzzMessages),
    FuzzTarget(name: "wave", run: fuzzWave),
    FuzzTarget(name: "samples", run: fuzzSamples),
    FuzzTarget(name: "requests", run: fuzzRequests),
    FuzzTarget(name: "results", run: fuzzResults),
    FuzzTarget(name: "files", run: fuzzFiles),
    FuzzTarget(name: "journal", run: fuzzJournal),
    FuzzTarget(name: "vosk", run: fuzzVosk),
    FuzzTarget(name: "multipart", run: fuzzMultipart),
    FuzzTarget(name: "wyoming", run: fuzzWyoming),
    FuzzTarget(name: "deepgram", run: fuzzDeepgram),
    FuzzTarget(name: "speechmatics", run: fuzzSpeechmatics),
    FuzzTarget(name: "realtime", run: fuzzRealtime),
    FuzzTarget(name: "broker", run: fuzzBroker),
    FuzzTarget(name: "proxy", run: fuzzProxy),
    FuzzTarget(name: "forwarded", run: fuzzForwarded),
  ]

  static let chosen: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = all.first(where: { $0.name == name }) else {
      preconditionFailure("FUZZ_TARGET is \"\(name)\": one of \(all.map(\.name).joined(separator: ", "))")
    }
    return target
  }()
}

/// What libFuzzer calls, over and over.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.chosen.run(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}

/// A property: what must be true whatever the input.
func require(_ isTrue: Bool, _ sentence: @autoclosure () -> String) {
  if !isTrue { preconditionFailure(sentence()) }
}
