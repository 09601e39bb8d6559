/// NATS over a raw socket, as little as a test needs: it may say everything.
public final class RawBrokerClient {
  private let socket: RawSocket
  private var rest: [UInt8] = []

  /// Logs in.
  public init(_ broker: TestBroker, user: String, password: String) throws {
    socket = try RawSocket(port: broker.port)
    try say(
      #"CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"user":"\#(user)","pass":"\#(password)"}"#
    )
    _ = try heard()
  }

  public func say(_ line: String) throws { try socket.send(line + "\r\n") }

  /// Everything the broker has said so far, once it has seen what this said.
  public func heard() throws -> String {
    try say("PING")
    let sign = Array("PONG\r\n".utf8)
    var text = rest
    rest = []
    while true {
      if let end = text.firstRange(of: sign) {
        rest = Array(text[end.upperBound...])
        return String(decoding: text[..<end.lowerBound], as: UTF8.self)
      }
      text += try socket.receiveSome(65_536)
    }
  }
}
