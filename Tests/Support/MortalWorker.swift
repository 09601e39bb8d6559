/// An audio-worker that dies of a chunk with one of these words in it, each time it gets it.
public struct MortalWorker: Sendable {
  public static let isAvailable = ShellCommand.has("cc")
  public static let requirement: String = "the worker that can be made to die is built with cc (gcc)"

  /// What a chunk must have in it.
  public enum Poison: String, Sendable, CaseIterable {
    case crash = "crash of this"
    case kill = "be killed of this"
    case hang = "hang of this"
    /// If it may not have half a gigabyte.
    case greed = "want more for this"
    /// When it has been answered, as an engine would that comes to it later.
    case later = "crash later of this"

    /// A chunk of `count` bytes that is poison all over, so that wherever it is cut a whole word is left.
    public func chunk(bytes count: Int) -> [UInt8] {
      let word = Array(rawValue.utf8)
      return (0..<count).map { word[$0 % word.count] }
    }
  }

  private let folder: TemporaryFolder
  /// For `--worker-path`; there as long as this is.
  public let path: String

  /// - Parameter isSlow: it takes 64 KiB a millisecond at most.
  public init(isSlow: Bool = false) throws {
    folder = try TemporaryFolder()
    let library = "\(folder.path)/mortal_worker.so"
    try ShellCommand.run(
      "cc -shared -fPIC -O1 -o '\(library)' '\(TextFile.repository)/Tests/MortalWorker/mortal_worker.c'")
    path = try folder.file(
      "audio-worker",
      "#!/bin/sh\n\(isSlow ? "SLOW_WORKER=1 " : "")LD_PRELOAD='\(library)' exec '\(Program.buildFolder)/audio-worker' \"$@\"\n"
        .utf8)
    try ShellCommand.run("chmod +x '\(path)'")
  }
}
