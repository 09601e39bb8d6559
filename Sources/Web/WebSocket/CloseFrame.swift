/// Why a peer closes (RFC 6455, 7.4).
struct CloseFrame: Equatable {
  /// nil if the peer gave none.
  var code: Int?
  var reason = ""
  /// The reason is not UTF-8.
  var isReasonInvalid = false

  /// - Returns: nil for a code that must not be sent.
  init?(_ body: [UInt8]) {
    guard body.count >= 2 else { return }
    let code = Int(body[0]) << 8 | Int(body[1])
    // Those of RFC 6455 and of IANA's registry (1012 to 1014), and the ranges of libraries and applications.
    guard (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code) else {
      return nil
    }
    self.code = code
    if let text = String(validating: body.dropFirst(2), as: UTF8.self) {
      reason = text
    } else {
      isReasonInvalid = true
    }
  }

  /// The body of a close frame; a reason that is too long is cut between characters.
  static func body(code: Int?, reason: String) -> [UInt8] {
    guard let code else { return [] }
    var text = Array(reason.utf8.prefix(123))
    while String(validating: text, as: UTF8.self) == nil { text.removeLast() }
    return [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)] + text
  }
}
