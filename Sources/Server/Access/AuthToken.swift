import CLinux
import Dialects
import Glibc
import Web

/// An access token as its holder has it: 256 random bits in URL-safe base64, fit for a header, a URL and a subprotocol.
enum AuthToken {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let length = 43

  static func random(bytes count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard getrandom(&bytes, count, 0) == count else {
      preconditionFailure("The kernel gives few random bytes at once.")
    }
    return bytes
  }

  static func make() -> String {
    text(of: random(bytes: 32))
  }

  /// 32 bytes as 43 digits.
  static func text(of bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var bits = 0
    var held = 0
    for byte in bytes {
      bits = bits << 8 | Int(byte)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(digits[bits >> held & 63])
      }
      bits &= (1 << held) - 1
    }
    if held > 0 { text.append(digits[bits << (6 - held) & 63]) }
    return String(decoding: text, as: UTF8.self)
  }

  static func isWellFormed(_ token: String) -> Bool {
    token.utf8.count == length && token.utf8.allSatisfy(digits.contains)
  }

  /// The token that a request carries, in the first of these places that has something.
  static func presented(by request: HTTPRequest, in credentials: [DialectPolicy.Credential]) -> String? {
    for credential in credentials {
      switch credential {
      case .authorization(let scheme):
        guard let header = request.header("authorization") else { continue }
        let words = header.split(separator: " ")
        return words.count == 2 && words[0].lowercased() == scheme ? String(words[1]) : ""
      case .bareAuthorization(let schemes):
        guard let words = request.header("authorization")?.split(separator: " "), let last = words.last else {
          continue
        }
        return words.count == 1 || words.count == 2 && schemes.contains(words[0].lowercased()) ? String(last) : ""
      case .header(let name): if let token = request.header(name) { return token }
      case .subprotocolAfter(let words):
        let offers = request.subprotocols
        guard let index = offers.firstIndex(where: { words.contains($0.lowercased()) }) else { continue }
        return index + 1 < offers.count ? offers[index + 1] : ""
      case .query(let name): if let token = request.query(name) { return token }
      case .subprotocol(let prefix):
        if let offer = request.subprotocols.first(where: { $0.hasPrefix(prefix) }) {
          return String(offer.dropFirst(prefix.count))
        }
      }
    }
    return nil
  }
}
