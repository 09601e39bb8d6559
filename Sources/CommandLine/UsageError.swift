/// A flag, variable or operand that cannot be used: its name, the value and what was expected.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  public init(_ message: String) { self.message = message }

  /// `source` was given `value` where only `allowed` is.
  public init(_ source: String, given value: String, allowed: String) {
    message = "\(source): expected \(allowed), got \"\(value)\""
  }
}
