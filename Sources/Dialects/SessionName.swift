/// 128 random bits: who knows the name of a session may take it up.
public struct SessionName: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// As `text` has it; nil for any other text.
  public init?(_ text: String) {
    let digits = text.utf8
    guard digits.count == 32, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// 32 hexadecimal digits, in lower case.
  public var text: String { high.hexadecimal + low.hexadecimal }
}
