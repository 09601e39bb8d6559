import Glibc
import Platform

/// The folder of a journal, which one server uses at a time.
struct JournalFolder: Sendable {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let path: String

  /// Creates the folder if it is not there, and keeps other servers out of it as long as this process runs.
  init(_ path: String) throws(Failure) {
    self.path = path
    guard mkdir(path.systemName, 0o700) == 0 || errno == EEXIST else {
      throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    let lock = open("\(path)/lock".systemName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw Failure(description: "\(path)/lock: \(String(cString: strerror(errno)))") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure(description: "\(path): another server uses this journal")
    }
  }

  /// The files that are there, the oldest first.
  func files() throws(Failure) -> [String] {
    let names: [String]
    do throws(SystemError) { names = try SmallFile.names(in: path).filter { $0.hasSuffix(Self.suffix) } } catch {
      throw Failure(description: "\(path): \(error.reason)")
    }
    // The name begins with the time of the server's start, then the loop and the number.
    return names.sorted().map { "\(path)/\($0)" }
  }

  /// - Parameter server: a name for this life of the server, after those of earlier ones.
  func file(_ server: String, loop: Int, number: Int) -> String {
    "\(path)/\(server)-\(loop.digits(3))-\(number.digits(8))\(Self.suffix)"
  }

  private static let suffix = ".journal"

  /// A name for this life of the server.
  static func serverName() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (now.tv_sec * 1000 + now.tv_nsec / 1_000_000).digits(15)
  }

  static func has(_ path: String) -> Bool { access(path.systemName, F_OK) == 0 }
}

extension Int {
  fileprivate func digits(_ count: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, count - text.count)) + text
  }
}
