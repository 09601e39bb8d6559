/// Why a request is refused before its owner sees it. The owner words the answer.
public struct RequestError: Error, Equatable {
  public var status: Int
  public var reason: String
  public var headers: [HTTPResponse.Header]
  /// The requested path, unparsed, if known: its service words the answer.
  public var path: String?

  public init(_ status: Int, _ reason: String, headers: [HTTPResponse.Header] = []) {
    self.status = status
    self.reason = reason
    self.headers = headers
  }
}
