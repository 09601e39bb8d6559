/// The program was told something it can't do: which flag or variable, what was given and what is allowed.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  public init(_ message: String) { self.message = message }

  /// `source` was given `value`, of which only `allowed` is.
  public init(_ source: String, given value: String, allowed: String) {
    message = "\(source): \"\(value)\" was given; allowed is \(allowed)"
  }
}
