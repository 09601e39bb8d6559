/// Why a request's head cannot be taken, as it is answered.
public struct RequestError: Error, Equatable {
  public var status: Int
  /// In words that need no escaping in JSON.
  public var reason: StaticString

  public init(_ status: Int, _ reason: StaticString) {
    self.status = status
    self.reason = reason
  }

  public static func == (a: RequestError, b: RequestError) -> Bool {
    a.status == b.status && "\(a.reason)" == "\(b.reason)"
  }
}
