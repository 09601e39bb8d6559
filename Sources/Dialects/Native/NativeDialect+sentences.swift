internal import Audio
internal import Contract
internal import Streams
public import Web

// What the native protocol says in words.

extension NativeDialect {
  public static func rejection(_ reason: RejectionReason) -> Rejection {
    let terms = reason.terms
    return reject(terms.cause, terms.status, terms.error, code: terms.code, terms.headers)
  }

  static func reject(
    _ cause: Rejection.Cause, _ status: Int, _ error: String, code: String? = nil,
    _ headers: [HTTPResponse.Header] = []
  ) -> Rejection {
    Rejection(cause, error: error, response: response(status, error, code: code, headers))
  }

  /// Browsers tell a page nothing of a refused upgrade.
  public static func socketRefusal(of rejection: Rejection, to request: HTTPRequest) -> SocketRefusal? {
    guard request.subprotocols.contains(where: { $0.lowercased() == pageSubprotocol }) else { return nil }
    let mayTryAgain = [429, 503].contains(rejection.response.status)
    return SocketRefusal(
      subprotocol: pageSubprotocol,
      text: ServerMessage.failure(error: rejection.error, code: rejection.cause.rawValue, seq: nil).text,
      code: mayTryAgain ? 1013 : 1008, reason: HTTPResponse.phrase(rejection.response.status))
  }

  /// A JSON body with one sentence.
  public static func response(
    _ status: Int, _ error: String, code: String? = nil, _ headers: [HTTPResponse.Header] = []
  ) -> HTTPResponse {
    HTTPResponse(status: status, json: ServerMessage.failure(error: error, code: code, seq: nil).text, headers: headers)
  }
}

extension StreamNotice {
  var message: ServerMessage {
    switch self {
    case .replayDropped(let seq, let seconds):
      .notice("replay_dropped", seq: seq, start: seconds.lowerBound, end: seconds.upperBound, text: sentence)
    case .wordsMissing(let seconds):
      .notice("words_missing", seq: nil, start: seconds.lowerBound, end: seconds.upperBound, text: sentence)
    }
  }
}

extension MessageRefusal {
  /// Whether what kind of stream it is stays as it was.
  var isOfStart: Bool {
    switch self {
    case .startAfterStop, .startAfterChunks, .speechDelayed: true
    case .emptyChunk, .chunkTooLarge, .chunkAfterStop, .chunkDuringShutdown, .endDuringShutdown, .alreadyStopped,
      .resume:
      false
    }
  }

  var sentence: String {
    switch self {
    // The contract's words.
    case .emptyChunk: "Expected binary audio chunk or text"
    case .chunkTooLarge(let bytes):
      "Expected a chunk of at most \(StreamLayout.largestChunkBytes) bytes, got \(bytes)"
    case .chunkAfterStop: "The stream has been stopped: open a new connection to send more audio"
    case .chunkDuringShutdown: "The server is shutting down: the chunk was not accepted"
    case .endDuringShutdown: "The server is shutting down: the stream is not complete"
    case .alreadyStopped: "The stream has already been stopped"
    case .startAfterStop: "start: the stream has been stopped"
    case .startAfterChunks(let count): "start: expected before the first chunk, got it after \(count)"
    case .speechDelayed(let seconds, let limit):
      "start: \(RejectedForDelay.sentence(seconds: seconds, limitSeconds: limit))"
    case .resume(let problem): "resume: \(problem.sentence)"
    }
  }
}

extension ResumeProblem {
  fileprivate var sentence: String {
    switch self {
    case .notFirstMessage: "expected as the first message of a connection"
    case .unknownSession: "no such session, or it has expired: start a new one"
    case .answeredOutOfRange(let answered, let received):
      #"answered: expected an integer from 0 to \#(received), the last chunk received, got "\#(answered)""#
    case .segmentOutOfRange(let segment, let last):
      #"segment: expected an integer from 0 to \#(last), the last final segment, got "\#(segment)""#
    case .messagesDropped(let answered):
      "the replies from chunk \(answered + 1) on are no longer available: start a new session"
    }
  }
}

extension CloseReason {
  /// The message before the close; nil for a normal one.
  var message: ServerMessage? {
    switch self {
    case .complete, .left: nil
    case .goingAway: .failure(error: "The server is going away", code: "going_away", seq: nil)
    case .unsupported(let seq, let error): .failure(error: error.description, code: "unsupported", seq: seq)
    case .tokenRevoked: .failure(error: "This token has been removed", code: "token_removed", seq: nil)
    case .messageTooLarge(let isText, let limit):
      .failure(
        error: "\(isText ? "Text message" : "Message") too big: the limit is \(limit) bytes", code: "message_too_big",
        seq: nil)
    case .overloaded(let seconds, let limit):
      .failure(error: RejectedForDelay.sentence(seconds: seconds, limitSeconds: limit), code: "overloaded", seq: nil)
    case .memoryShort(let bytes):
      .failure(
        error: "The server is short of memory: \(bytes) bytes of an unfinished message were dropped",
        code: "memory_short",
        seq: nil)
    // "start", the message, also where it has `resume`: clients take "resume: …" for a session that is gone.
    case .sessionsUnavailable(let reason):
      .failure(
        error: "start: sessions can't be looked up now, try again: \(reason)", code: "sessions_unavailable", seq: nil)
    case .invalidUTF8: .failure(error: "Text message is not valid UTF-8", code: "invalid_utf8", seq: nil)
    case .silent: .failure(error: "Nothing was sent for too long", code: "silent", seq: nil)
    case .slowReader: .failure(error: "Replies were not read in time", code: "slow_reader", seq: nil)
    }
  }
}
