internal import Glibc

/// A system call that failed, with the error's number.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  public var call: String
  public var code: Int32

  public init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The error's text in the system's words.
  public var reason: String { String(cString: strerror(code)) }

  public var description: String { "\(call): \(reason)" }
}
