internal import CLinux
internal import Glibc

/// Loads a model in a process of its own first: on files that are whole and not what the type wants, the library ends the process.
///
/// Models that people bring are tried. The one that is set up with the library is known by its files' sizes, and loading it twice
/// would be half a second more in which the clients of a lost worker wait.
enum ModelTrial {
  /// Why the model can't be had; nil when this process may load it, which then fails in good order or not at all.
  static func problem(model: String) -> String? {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return untried(model, "pipe2", errno) }
    defer { close(ends[0]) }
    var pid: Int32 = 0
    let command = ["audio-worker", "--engines", "speech", "--model", model, "--trial"]
    let code = spawn(command, standardError: ends[1], &pid)
    close(ends[1])
    guard code == 0 else { return untried(model, "posix_spawn", code) }
    let said = text(from: ends[0])
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return verdict(model: model, status: status, said: said)
  }

  /// What a trial that ended so, and wrote that to standard error, says of the model.
  static func verdict(model: String, status: Int32, said: String) -> String? {
    let lines = said.split(separator: "\n")
    // 0: loaded. 1: not, and the worker will find out why itself. All else was the library's doing.
    if status & 0x7F == 0, status >> 8 & 0xFF <= 1 {
      guard let caught = lines.firstIndex(of: "Caught exception:") else { return nil }
      return complaint("can't decode with", model, lines[(caught + 1)...].first)
    }
    // The library begins a line with its source file, by the path where it was built.
    let line = lines.last.map { line in
      let path = line.prefix { $0 != " " }
      return path.lastIndex(of: "/").map { line[line.index(after: $0)...] } ?? line
    }
    return complaint("ends the process on", model, line)
  }

  private static func complaint(_ does: String, _ model: String, _ line: Substring?) -> String {
    let words = line.map { String($0.prefix(longestWords)) } ?? "without a word"
    return "sherpa-onnx \(does) the model in \(model) (\(words)): check type and files in model.json, or start without "
      + "--model for the one that Scripts/setup-speech brings"
  }

  private static let longestWords = 200

  private static func untried(_ model: String, _ call: String, _ code: Int32) -> String {
    "the model in \(model) could not be tried (\(call): \(String(cString: strerror(code)))): start the server again"
  }

  /// This program again, with no descriptor but 0–2; answers an error's number.
  private static func spawn(_ arguments: [String], standardError: Int32, _ pid: inout Int32) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, standardError, 2)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    return posix_spawn(&pid, "/proc/self/exe", &actions, nil, &words, environ)
  }

  /// Everything until the other end is closed.
  private static func text(from descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      // The last words count: of one that writes without end, enough to have them.
      bytes = bytes.suffix(1 << 16) + buffer.prefix(count)
    }
  }
}
