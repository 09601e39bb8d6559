import CommandLine

/// What the files in the folder of `--output-dir` are called: each after its source.
enum OutputNames {
  /// `talk.srt` for `a/talk.wav`; standard input is `stdin.srt`.
  static func name(for source: String, _ kind: OutputKind) -> String {
    guard source != "-" else { return "stdin.\(kind.suffix)" }
    let file = source.split(separator: "/").last ?? "output"
    let end = file.lastIndex(of: ".").flatMap { $0 > file.startIndex ? $0 : nil } ?? file.endIndex
    return "\(file[..<end]).\(kind.suffix)"
  }

  /// Each source's file; two that would write the same are refused before one loses its results.
  static func paths(for sources: [String], in folder: String, _ kind: OutputKind) throws(UsageError) -> [String] {
    var owners: [String: String] = [:]
    var paths: [String] = []
    for source in sources {
      let name = name(for: source, kind)
      if let other = owners.updateValue(source, forKey: name) {
        throw UsageError(
          "--output-dir: \"\(other)\" and \"\(source)\" would both be written to \(name); send them apart, each into its own folder"
        )
      }
      paths.append(folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)")
    }
    return paths
  }
}
