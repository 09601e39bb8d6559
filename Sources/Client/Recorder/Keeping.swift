import Capture
import CommandLine
import Glibc
import Platform

/// Where the texts and the sound of a microphone are kept, and for how long.
struct Keeping: Equatable {
  /// More than a century.
  private static let days = 1...36_500

  /// A folder with a file a day instead of standard output.
  var textFolder: String?
  /// The file that the sound is kept in, or the folder with a file an hour.
  var soundFile: String?
  var soundFolder: String?
  /// Files from more days ago are deleted. Nil: none.
  var keepDays: Int?

  init() {}

  init(_ settings: Settings) throws(UsageError) {
    textFolder = settings.string("text-dir")
    if let record = settings.string("record") {
      if Self.isFolder(record) { soundFolder = record } else { soundFile = record }
    }
    if let soundFile, !RecordingFile.isKnown(soundFile) {
      let kinds = RecordingFile.kinds.map { ".\($0)" }.joined(separator: ", ")
      throw settings.refuse("record", allowed: "a name that ends with one of \(kinds), or a folder that ends with /")
    }
    keepDays = try settings.integer("keep-days", in: Self.days)
    guard keepDays == nil || hasFolder else {
      throw UsageError("--keep-days: expected --text-dir DIR or --record DIR/ with it, whose old files are deleted")
    }
  }

  /// There are folders that files are made in.
  var hasFolder: Bool { textFolder != nil || soundFolder != nil }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return path.hasSuffix("/") || (stat(path.systemName, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
  }
}
