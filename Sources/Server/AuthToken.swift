import Platform
import Web
import WebSocket

/// A token as its holder has it: 256 random bits in URL-safe base64, so that it can stand in a header, a URL and a subprotocol.
enum AuthToken {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let length = 43
  /// The subprotocol of the service. A browser, which cannot set headers, offers it with another one that is its token.
  static let subprotocol = "audio-service"
  private static let subprotocolPrefix = "token."

  static func make() -> String {
    text(of: randomBytes(32))
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

  /// The token a request shows: in `Authorization`, else in the query, else among the subprotocols. The first there is counts.
  static func shown(by request: HTTPRequest) -> String? {
    if let authorization = request.header("authorization") {
      let words = authorization.split(separator: " ")
      return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : ""
    }
    if let token = request.query("token") { return token }
    for offer in request.header("sec-websocket-protocol")?.split(separator: ",") ?? [] {
      let name = offer.drop { $0 == " " || $0 == "\t" }
      if name.hasPrefix(subprotocolPrefix) {
        return String(name.dropFirst(subprotocolPrefix.count).prefix { $0 != " " && $0 != "\t" })
      }
    }
    return nil
  }
}
