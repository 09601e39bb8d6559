/// Bytes that came as text (RFC 4648, 4).
///
/// They stay where they are until the next ones are decoded, or this is released.
public final class Base64 {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { memory.deallocate() }

  public init() {}

  /// The bytes of a text; nil if it is none of base64. The padding may be missing.
  public func decode(_ text: String) -> UnsafeRawBufferPointer? {
    var text = text
    return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
  }

  public func decode(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var digits = text[...]
    for _ in 0..<2 where digits.last == UInt8(ascii: "=") && text.count % 4 == 0 { digits.removeLast() }
    guard digits.count % 4 != 1 else { return nil }
    reserve(digits.count * 3 / 4)
    var (bits, held, count) = (UInt32(0), 0, 0)
    for digit in digits {
      let value = Self.values[Int(digit)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        memory[count] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
        count += 1
      }
    }
    return UnsafeRawBufferPointer(rebasing: memory[..<count])
  }

  /// Room for what is usual is kept, room for more is not.
  private func reserve(_ count: Int) {
    guard count > memory.count || memory.count > Self.keptBytes else { return }
    memory.deallocate()
    memory = .allocate(byteCount: count, alignment: 1)
  }

  private static let keptBytes = 64 << 10

  /// Of each byte its value as a digit; 255: it is none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()
}
