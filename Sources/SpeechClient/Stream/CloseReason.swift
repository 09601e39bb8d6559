import Platform

/// Close codes in words: those of RFC 6455, section 7.4.1, of IANA's registry, and of the contract.
package enum CloseReason {
  package static func text(code: Int?, reason: String) -> String {
    guard let code else { return "connection cut" }
    let meaning =
      switch code {
      case 1000: "normal"
      case 1001: "going away"
      case 1002: "protocol error"
      case 1003: "unsupported data"
      case 1005: "no code given"
      case 1007: "invalid text"
      case 1008: "policy violation"
      case 1009: "message too big"
      case 1011: "internal error"
      case 1012: "service restart"
      case 1013: "try again later"
      case 1014: "bad gateway"
      default: "code \(code)"
      }
    return "closed by the server with \(code) (\(meaning))" + (reason.isEmpty ? "" : ": \(TextCells.plain(reason))")
  }
}
