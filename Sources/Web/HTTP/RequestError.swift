/// Why a request is refused before its owner sees it. The owner words the answer.
public struct RequestError: Error, Equatable {
  public var status: Int
  public var reason: String
  public var headers: [HTTPResponse.Header]
  /// What was asked for, as it came, where that is known: who is asked words the answer.
  public var path: String?

  public init(_ status: Int, _ reason: String, headers: [HTTPResponse.Header] = []) {
    self.status = status
    self.reason = reason
    self.headers = headers
  }
}
