/// A flag, variable or operand that cannot be used: its name, the value and what was expected.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  public init(_ message: String) { self.message = message }

  /// `source` was given `value` where only `allowed` is.
  public init(_ source: String, given value: String, allowed: String) {
    message = "\(source): expected \(allowed), got \"\(value)\""
  }

  /// `word` stands where one of `names` is expected; the nearest is named.
  public init(_ place: String, unknown word: String?, among names: [String]) {
    let nearest = word.flatMap { Spelling.nearest(to: $0, among: names) }
    message = "\(place)expected one of \(names.joined(separator: ", "))" + (word.map { ", got \"\($0)\"" } ?? "")
    if let nearest { message += " (did you mean \(nearest)?)" }
  }
}
