import CommandLine
import Platform

/// The names of the files in `--output-dir`.
enum OutputNames {
  /// `talk.srt` for `a/talk.wav`, and `stdin.srt` for standard input.
  static func name(for source: String, _ kind: OutputKind) -> String {
    guard source != "-" else { return "stdin.\(kind.suffix)" }
    let file = source.systemBytes.split(separator: UInt8(ascii: "/")).last ?? []
    let end = file.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > file.startIndex ? $0 : nil } ?? file.endIndex
    return (file.isEmpty ? "output" : String(systemBytes: file[..<end])) + ".\(kind.suffix)"
  }

  /// The file of each source. Two sources with the same file are refused, because one would overwrite the other.
  static func paths(for sources: [String], in folder: String, _ kind: OutputKind) throws(UsageError) -> [String] {
    // Strings are equal if they look the same. The names of files are not.
    var owners: [[UInt8]: String] = [:]
    var paths: [String] = []
    for source in sources {
      let name = name(for: source, kind)
      if let other = owners.updateValue(source, forKey: name.systemBytes) {
        throw UsageError(
          "--output-dir: expected a different name for each source, got \(name) for \"\(other)\" and \"\(source)\""
        )
      }
      paths.append(folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)")
    }
    return paths
  }
}
