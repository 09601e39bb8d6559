public import JSON

extension JSONValue {
  /// The JSON values of a program's output, one a line.
  public static func lines(of program: Program) throws -> [JSONValue] {
    try program.standardOutput.lines.map { line in
      do { return try JSONValue(parsing: line.utf8) } catch { throw TestFailure("\(line) is no JSON: \(error)") }
    }
  }
}

extension Program {
  /// SHA-256 of bytes as coreutils computes it: in lower-case hexadecimal.
  public static func sha256(_ bytes: [UInt8]) async throws -> String {
    let program = try await Program.run("/usr/bin/sha256sum", input: .bytes(bytes))
    return String(program.standardOutput.text.prefix(64))
  }
}

extension [UInt8] {
  /// Little-endian 16-bit samples as numbers, full scale 1.
  public var samples: [Double] {
    stride(from: 0, to: count - 1, by: 2).map {
      Double(Int16(truncatingIfNeeded: Int(self[$0]) | Int(self[$0 + 1]) << 8)) / 32_768
    }
  }
}
