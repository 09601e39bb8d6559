import Glibc

/// The repository as it lies on disk.
enum Repository {
  /// Found from where this very file lies: Tests/TidyTests/Repository.swift.
  static let root: String = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

  /// Every text file the rules are about.
  static func files() -> [SourceFile] {
    let folders = [
      "Sources", "Tests", "Scripts", "Benchmarks", "Fuzz", "Models", "docs", "docker", "examples", ".ci",
    ]
    let kinds = [".swift", ".h", ".c", ".py", ".sh", ".md", ".yml", ".conf", "Makefile", "Dockerfile", "modulemap"]
    let found = folders.flatMap { walk($0) } + entries(of: "").filter { !isFolder($0) }
    return found.filter { path in
      kinds.contains(where: path.hasSuffix) || path.hasPrefix("Scripts/") || path.hasPrefix(".ci/")
    }.sorted().compactMap(file)
  }

  /// Every file of the page that the server sends to browsers.
  static func page() -> [SourceFile] {
    entries(of: String(PageRules.folder.dropLast())).sorted().compactMap(file)
  }
  /// What they are together.

  static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }
  static func file(_ path: String) -> SourceFile? { bytes(path).map { SourceFile(path, $0) } }

  static func exists(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    // Not followed: a link into another folder would be walked twice.
    guard lstat("\(root)/\(path)", &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir("\(root)/\(folder)") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != "..", name != "__pycache__" { names.append(folder.isEmpty ? name : "\(folder)/\(name)") }
    }
    return names
  }

  private static func walk(_ folder: String) -> [String] {
    entries(of: folder).flatMap { isFolder($0) ? walk($0) : [$0] }
  }

  private static func bytes(_ path: String) -> [UInt8]? {
    guard let file = fopen("\(root)/\(path)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
