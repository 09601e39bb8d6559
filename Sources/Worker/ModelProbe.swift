internal import CLinux
internal import EngineSherpa
internal import Glibc
internal import Platform

/// Loads a model in a separate process first: the library ends the process on intact files that don't fit the model's
/// type.
///
/// Only models that users bring are probed, and by --check only, which the server runs once before its first worker.
/// Those that are set up with the library are known by their files' sizes.
enum ModelProbe {
  /// Why models that were not set up with the library are unusable, by name.
  static func problems(_ models: [String], speechHome: String?, memory: String?) -> [String: String] {
    guard let home = try? SpeechHome.find(named: speechHome) else { return [:] }
    let setUp = home.folders(ofModels: []).map(ReadablePath.canonical)
    let brought = (models.isEmpty ? [] : home.folders(ofModels: models)).map(ReadablePath.canonical)
    var problems: [String: String] = [:]
    for folder in brought where !setUp.contains(folder) {
      guard let name = folder.split(separator: "/").last else { continue }
      problems[String(name)] = problem(model: folder, speechHome: speechHome, memory: memory)
    }
    return problems
  }

  /// - Parameter memory: the probe's limit in MiB.
  /// - Returns: why the model is unusable; nil if this process can load it without being ended.
  static func problem(model: String, speechHome: String?, memory: String?) -> String? {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return notProbed(model, "pipe2", errno) }
    defer { close(ends[0]) }
    var program = ProgramSpawn(
      path: "/proc/self/exe",
      arguments: ["audio-worker", "--engines", "speech", "--models", model, "--probe"]
        + (speechHome.map { ["--speech-home", $0] } ?? []) + (memory.map { ["--memory-mb", $0] } ?? []))
    program.environment = sandboxVariables()
    program.standardError = ends[1]
    let pid: Int32
    do throws(SystemError) {
      defer { close(ends[1]) }
      pid = try program.start()
    } catch {
      return notProbed(model, error.call, error.code)
    }
    let output = text(from: ends[0])
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return verdict(model: model, status: status, output: output)
  }

  /// What a probe's exit status and standard error say about the model.
  static func verdict(model: String, status: Int32, output: String) -> String? {
    let lines = output.split(separator: "\n")
    // 0: loaded. 1: not loaded, and the worker will find the reason itself. Everything else is the library's doing.
    if status & 0x7F == 0, status >> 8 & 0xFF <= 1 {
      guard let caught = lines.firstIndex(of: "Caught exception:") else { return nil }
      return complaint("cannot decode with", model, lines[(caught + 1)...].first)
    }
    // The library's lines begin with the path of its source file.
    let line = lines.last.map { line in
      let path = line.prefix { $0 != " " }
      return path.lastIndex(of: "/").map { line[line.index(after: $0)...] } ?? line
    }
    return complaint("ends the process on", model, line)
  }

  private static func complaint(_ does: String, _ model: String, _ line: Substring?) -> String {
    let words = line.map { String($0.prefix(longestWords)) } ?? "no message"
    return "sherpa-onnx \(does) the model in \(model) (\(words)): check type and files in model.json, or start without "
      + "it to use those that Scripts/setup-speech installs"
  }

  private static let longestWords = 200

  private static func notProbed(_ model: String, _ call: String, _ code: Int32) -> String {
    "the model in \(model) could not be probed (\(call): \(String(cString: strerror(code)))): start the server again"
  }

  /// The output until the other end is closed.
  private static func text(from descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      // Only the last lines matter; the rest of an endless output is dropped.
      bytes = bytes.suffix(1 << 16) + buffer.prefix(count)
    }
  }
}
