/// Why a request's head cannot be taken, as it is answered.
struct RequestError: Error, Equatable {
  var status: Int
  /// In words that need no escaping in JSON.
  var reason: StaticString

  init(_ status: Int, _ reason: StaticString) {
    self.status = status
    self.reason = reason
  }

  var response: HTTPResponse { HTTPResponse(status: status, json: #"{"error":"\#(reason)"}"#) }

  static func == (a: RequestError, b: RequestError) -> Bool {
    a.status == b.status && "\(a.reason)" == "\(b.reason)"
  }
}
