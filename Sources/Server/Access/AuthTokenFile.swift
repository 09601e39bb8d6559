import Glibc
import Platform

/// The file of hashed tokens: read by the server, changed by `audio-server token`.
struct AuthTokenFile {
  private static let maximumBytes = 1 << 20

  let path: String

  func tokens() throws(AuthTokenError) -> AuthTokens {
    try AuthTokens(parsing: text())
  }

  /// Makes a token for `name`, adds its hash and returns the token, which is nowhere else from then on.
  func add(_ name: String, role: TokenRole = .stream) throws(AuthTokenError) -> String {
    let lock = try lock(creating: true)
    defer { close(lock) }
    var text = try text()
    let tokens = try AuthTokens(parsing: text)
    guard !tokens.has(name) else { throw .nameTaken(name) }
    guard tokens.entries.count < AuthTokens.maximumCount else { throw .tooMany }
    let token = AuthToken.make()
    if text.last?.isNewline == false { text += "\n" }
    text += AuthTokens.Entry(name: name, salt: randomBytes(AuthTokens.saltBytes), token: token, role: role).line + "\n"
    try replace(with: text)
    return token
  }

  func remove(_ name: String) throws(AuthTokenError) {
    let lock = try lock(creating: false)
    defer { close(lock) }
    let text = try text()
    guard try AuthTokens(parsing: text).has(name) else { throw .unknownName(name) }
    let kept = AuthTokens.lines(of: text).filter { !$0.hasPrefix(name + " ") }
    try replace(with: kept.joined(separator: "\n"))
  }

  private func failure(_ call: String) -> AuthTokenError {
    .file(reason: "\(call): \(String(cString: strerror(errno)))")
  }

  private func text() throws(AuthTokenError) -> String {
    let descriptor = open(path.systemName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { throw failure("read") }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= Self.maximumBytes else { throw .tooMany }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .file(reason: "it is not UTF-8") }
    return text
  }

  /// Whoever changes the file holds this: two at once would lose one's change. It lies beside the file, which is
  /// replaced.
  private func lock(creating: Bool) throws(AuthTokenError) -> Int32 {
    if creating {
      let descriptor = open(path.systemName, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure("open") }
      close(descriptor)
    }
    let descriptor = open((path + ".lock").systemName, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open") }
    guard flock(descriptor, LOCK_EX) == 0 else {
      close(descriptor)
      throw failure("flock")
    }
    return descriptor
  }

  private func replace(with text: String) throws(AuthTokenError) {
    do throws(SystemError) { try SmallFile.replace(path, with: Array(text.utf8), keepsAccess: true) } catch {
      throw .file(reason: "\(error)")
    }
  }
}
