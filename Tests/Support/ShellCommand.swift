internal import Glibc

/// A command line run to its end.
public enum ShellCommand {
  public struct Failure: Error, CustomStringConvertible {
    public var command: String
    public var output: String
    public var description: String { "\(command) failed: \(output)" }
  }

  /// Runs `command` with sh; answers what it printed, and throws that when it fails.
  @discardableResult
  public static func run(_ command: String) throws -> String {
    guard let stream = popen("\(command) 2>&1", "re") else {
      throw Failure(command: command, output: "popen: \(errno)")
    }
    var output: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&block, 1, block.count, stream), count > 0 { output += block[..<count] }
    let text = String(decoding: output, as: UTF8.self)
    guard pclose(stream) == 0 else { throw Failure(command: command, output: text) }
    return text
  }

  /// True when there is such a program.
  public static func has(_ program: String) -> Bool { (try? run("command -v \(program)")) != nil }
}
