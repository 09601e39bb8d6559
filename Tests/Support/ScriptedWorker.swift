/// A worker whose engine `speech` needs no model and says what a test asks for: Tests/ScriptedWorker/worker.py.
public struct ScriptedWorker: Sendable {
  private let folder: TemporaryFolder
  /// For `--worker-path`; there as long as this is.
  public let path: String

  /// - Parameter delay: seconds from a chunk to its final text; nil: there are no texts, and the checkpoint stays.
  public init(delay: Double? = nil) throws {
    folder = try TemporaryFolder()
    let setting = delay.map { "SPEECH_DELAY=\($0) " } ?? ""
    let script = "\(TextFile.repository)/Tests/ScriptedWorker/worker.py"
    path = try folder.file(
      "audio-worker", "#!/bin/sh\n\(setting)exec '\(ContractRun.python)' '\(script)' \"$@\"\n".utf8)
    try ShellCommand.run("chmod +x '\(path)'")
  }
}
