internal import Platform

/// The name of a file for people to read.
enum FileName {
  static func shown(_ path: String) -> String {
    switch path {
    case "-": "stdin"
    case "": "\"\""
    default: path.readable
    }
  }

  /// The path as a shell reads it.
  static func quoted(_ path: String) -> String {
    guard path.readable == path else {
      return "$'" + path.replacing("\\", with: "\\\\").replacing("'", with: "\\'").readable + "'"
    }
    let isPlain = path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./+,:@%".contains($0)) }
    return isPlain && !path.isEmpty ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}
