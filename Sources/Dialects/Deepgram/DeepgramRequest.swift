internal import JSON
internal import Web

/// Name of a request in each of its answers, and the model that recognizes it.
struct DeepgramRequest: Equatable {
  let id: String
  let openedAt: String
  let channels: Int
  private let model: String

  /// - Parameter model: its name.
  init(_ identity: SessionIdentity, model: String, channels: Int) {
    id = ServiceID.text(of: identity.name.text)
    openedAt = identity.openedAt
    self.model = model
    self.channels = channels
  }

  var modelID: String { ServiceID.text(ofModel: model) }

  var modelInfo: JSONValue {
    .object([
      .init(key: "name", value: .string(model)), .init(key: "version", value: .string("1")),
      .init(key: "arch", value: .string(String(model.prefix { $0 != "-" }))),
    ])
  }

  /// The value of `metadata` in each live result, as JSON.
  var resultMetadata: String {
    var json = JSONObject()
    json.add("request_id", id)
    json.add("model_info", modelInfo)
    json.add("model_uuid", modelID)
    return json.text
  }

  static func header(id: String) -> HTTPResponse.Header { .init("dg-request-id", id) }

  /// A request without an answer of its own.
  static func rejection(_ terms: RejectionReason.Terms, code: String) -> Rejection {
    let id = ServiceID.random().uuid
    var body = JSONObject()
    body.add("err_code", code)
    body.add("err_msg", terms.error)
    body.add("request_id", id)
    return Rejection(
      terms.cause, error: terms.error,
      response: HTTPResponse(
        status: terms.status, json: body.text,
        headers: terms.headers + [header(id: id), .init("dg-error", terms.error)]))
  }

  static let path = "/v1/listen"
  /// That of another product of Deepgram's, which is not spoken here.
  static let otherPath = "/v2/listen"

  static var otherProduct: Rejection {
    rejection(
      RejectionReason.Terms(cause: .notFound, status: 404, error: "\(otherPath): no such path; expected \(path)"),
      code: "NOT_FOUND")
  }

  static func rejection(_ problem: DeepgramProblem) -> Rejection {
    rejection(
      RejectionReason.Terms(cause: .invalidRequest, status: 400, error: problem.description),
      code: "INVALID_QUERY_PARAMETER")
  }

  static func rejection(_ reason: RejectionReason) -> Rejection {
    let terms = reason.terms
    let code =
      switch terms.status {
      case 401: "INVALID_AUTH"
      case 403: "INSUFFICIENT_PERMISSIONS"
      case 429: "TOO_MANY_REQUESTS"
      case 503: "SERVICE_UNAVAILABLE"
      default: "Bad Request"
      }
    return rejection(terms, code: code)
  }
}
