/// Unpredictable masks for a client's frames (RFC 6455, 5.3), without asking the kernel for each.
final class MaskSource {
  private var words: [UInt32] = []

  func next() -> UInt32 {
    if words.isEmpty {
      var source = SystemRandomNumberGenerator()
      for _ in 0..<128 {
        let word = source.next()
        words.append(UInt32(truncatingIfNeeded: word))
        words.append(UInt32(truncatingIfNeeded: word >> 32))
      }
    }
    return words.removeLast()
  }
}
