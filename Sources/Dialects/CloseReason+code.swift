internal import Streams

/// How a connection is closed in every dialect: RFC 6455, 7.4.
extension CloseReason {
  var code: Int {
    switch self {
    case .complete, .left: 1000
    case .goingAway: 1001
    case .unsupported: 1003
    case .invalidUTF8: 1007
    case .tokenRevoked: 1008
    case .messageTooLarge: 1009
    case .silent: 1011
    case .slowReader, .overloaded, .memoryShort, .sessionsUnavailable: 1013
    }
  }

  var phrase: String {
    switch self {
    case .complete, .left: ""
    case .goingAway: "going away"
    case .unsupported: "unsupported"
    case .invalidUTF8: "text is not UTF-8"
    case .tokenRevoked: "token removed"
    case .messageTooLarge: "message too big"
    case .silent: "nothing was sent for too long"
    case .slowReader: "the replies were not read"
    case .overloaded: "overloaded"
    case .memoryShort: "the server is short of memory"
    case .sessionsUnavailable: "sessions can't be looked up now"
    }
  }
}
