extension [UInt8] {
  /// Two digits of either case a byte.
  init?(hexadecimal text: some StringProtocol) {
    self = []
    var rest = text.utf8[...]
    while let high = rest.popFirst() {
      guard let low = rest.popFirst(), let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16),
        high != 43
      else { return nil }
      append(byte)
    }
  }
}

extension Sequence<UInt8> {
  /// Two lower-case digits a byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
