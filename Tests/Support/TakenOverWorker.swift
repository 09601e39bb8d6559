internal import CLinux
internal import Glibc

/// An audio-worker in which untrusted sound has taken over: it tries to reach what is not its own, with the words
/// `takeover` in a chunk. Its folder has a server's key and tokens.
public final class TakenOverWorker: Sendable {
  public static let isAvailable = ShellCommand.has("cc") && ShellCommand.has("setpriv")
  public static let requirement: String = "the worker that is taken over is built with cc (gcc), and runs with setpriv"

  public static let attempts: Set<String> = [
    "read the key", "add a token", "read the server's memory", "connect", "listen", "start a shell", "write files",
    "signal the server", "read the server's secrets",
  ]
  /// In the server's environment.
  public static let secret = ["AUDIO_SECRET": "a-secret-of-the-server"]
  public static let takeover = Array("take this over".utf8)

  private let folder: TemporaryFolder
  private let listening: Int32
  /// A command's beginning that makes it another user's; empty: it stays this one's.
  private let prefix: String

  /// - Parameter isOrdinary: everything belongs to an ordinary user, where this one is root.
  public init(isOrdinary: Bool) throws {
    folder = try TemporaryFolder()
    prefix = isOrdinary && geteuid() == 0 ? "exec setpriv --reuid=65534 --regid=65534 --clear-groups " : "exec "
    listening = socket(AF_INET, stream_socket(), 0)
    guard listening >= 0, listen(listening, 8) == 0 else { throw TestFailure("listen: \(errno)") }
    let source = "\(TextFile.repository)/Tests/TakenOverWorker/taken_over_worker.c"
    try ShellCommand.run("cc -O1 -o '\(folder.path)/alone' '\(source)'")
    try ShellCommand.run("cc -O1 -shared -fPIC -o '\(folder.path)/library.so' '\(source)'")
    // Where the programs are, an ordinary user may not reach them.
    for program in ["audio-server", "audio-worker"] {
      try ShellCommand.run("cp '\(Program.buildFolder)/\(program)' '\(folder.path)'")
    }
    let variables = "TAKEN_OVER_FOLDER='\(folder.path)' TAKEN_OVER_PORT=\(try port())"
    for (name, command) in [
      ("worker", "LD_PRELOAD='\(folder.path)/library.so' exec '\(folder.path)/audio-worker' \"$@\""),
      (
        "bare-worker",
        "export TAKEN_OVER_BARE=1\nLD_PRELOAD='\(folder.path)/library.so' exec '\(folder.path)/audio-worker' \"$@\""
      ),
      // The shell is its parent and stays.
      ("child", "'\(folder.path)/alone'; exit 0"),
    ] {
      _ = try folder.file(name, "#!/bin/sh\nexport \(variables)\n\(command)\n".utf8)
    }
    for name in ["key.pem", "tokens"] { _ = try folder.file(name, "secret\n".utf8) }
    try ShellCommand.run("chmod 700 '\(folder.path)'/* && chmod 600 '\(folder.path)/key.pem' '\(folder.path)/tokens'")
    if isOrdinary, geteuid() == 0 { try ShellCommand.run("chown -R 65534:65534 '\(folder.path)'") }
  }

  deinit { close(listening) }

  private func port() throws -> Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listening, $0, &size) }
    }
    guard result == 0 else { throw TestFailure("getsockname: \(errno)") }
    return Int(in_port_t(bigEndian: address.sin_port))
  }

  /// A server whose workers can be taken over.
  /// - Parameter isBare: they have the filter of system calls, and no other layer of the sandbox.
  public func server(_ flags: [String], isBare: Bool = false) throws -> Program {
    let words = ["--port", "0", "--worker-path", "\(folder.path)/\(isBare ? "bare-" : "")worker"] + flags
    let command = prefix + "'\(folder.path)/audio-server' \"$@\""
    return try Program("/bin/sh", ["-c", command, "sh"] + words, environment: Self.secret)
  }

  /// A program of the same user that has the secrets and starts the same code without a sandbox.
  public func child() throws -> Program {
    try Program("/bin/sh", ["-c", prefix + "'\(folder.path)/child'"], environment: Self.secret)
  }

  /// A decoder of an uploaded file of a kind for ffmpeg, which is a program that tries it all.
  public func decoder() throws -> Program {
    // An MP4 file says so with its first bytes.
    let file = try folder.file("file", [0, 0, 0, 24] + Array("ftypM4A ".utf8) + [UInt8](repeating: 0, count: 64))
    let source = "\(TextFile.repository)/Tests/TakenOverWorker/taken_over_worker.c"
    try ShellCommand.run(
      "cc -O1 -D'BUILT_FOLDER=\"\(folder.path)\"' -D'BUILT_PORT=\"\(try port())\"' -o '\(folder.path)/alone' '\(source)'"
    )
    let command = "'\(folder.path)/audio-worker' --decode --ffmpeg '\(folder.path)/alone' 3<'\(file)'"
    // The shell is its parent and stays.
    let script = try folder.file("decode", "#!/bin/sh\n\(command)\nexit 0\n".utf8)
    try ShellCommand.run(
      "chmod 755 '\(script)' '\(file)' && chown --reference='\(folder.path)/tokens' '\(script)' '\(file)'")
    return try Program("/bin/sh", ["-c", prefix + "'\(script)'"], environment: Self.secret)
  }

  /// How each attempt ended: `succeeded`, or the reason why it did not.
  public static func outcomes(of program: Program) -> [String: String] {
    var outcomes: [String: String] = [:]
    for line in program.standardError.lines where line.hasPrefix("attempt ") {
      let words = line.dropFirst("attempt ".count).split(separator: ":", maxSplits: 1)
      outcomes[String(words[0])] = words.last.map { String($0.dropFirst()) }
    }
    return outcomes
  }
}
