internal import Glibc

/// A program in Python with cases of its own: it lists them, runs them, and prints each one's result.
public struct CaseScript: Sendable {
  public static let python = "\(TextFile.repository)/.deps/python/bin/python"
  /// Whether the Python that Scripts/setup makes is there.
  public static let hasPython = access(python, X_OK) == 0

  public struct Case: Sendable, CustomStringConvertible {
    public var group: String
    public var name: String
    public var description: String { name }
  }

  private let path: String
  private let python: String

  /// - Parameters:
  ///   - path: from the repository's root.
  ///   - python: with the packages that the script needs.
  public init(_ path: String, python: String = CaseScript.python) {
    self.path = "\(TextFile.repository)/\(path)"
    self.python = python
  }

  /// The cases there are, as the script lists them.
  public func cases(group: String) async throws -> [Case] {
    let list = try await Program.run(python, ["-B", path, "--list"])
    guard list.end == .status(0) else { throw TestFailure("\(path) --list: \(list.standardError.text)") }
    return list.standardOutput.lines.compactMap { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return parts.count == 2 && parts[0] == group ? Case(group: group, name: String(parts[1])) : nil
    }
  }

  /// Runs the script and reads its lines: a case's name and why it failed, or nothing.
  public func run(_ arguments: [String]) async throws -> [String: String] {
    let run = try await Program.run(python, ["-B", path] + arguments, within: .seconds(1800))
    var results: [String: String] = [:]
    for line in run.standardOutput.lines {
      if line.hasPrefix("ok - ") { results[String(line.dropFirst(5))] = "" }
      guard line.hasPrefix("not ok - "), let colon = line.firstRange(of: ": ") else { continue }
      results[String(line[..<colon.lowerBound].dropFirst(9))] = String(line[colon.upperBound...])
    }
    guard !results.isEmpty else { throw TestFailure("\(path) said nothing: \(run.standardError.text)") }
    return results
  }
}
