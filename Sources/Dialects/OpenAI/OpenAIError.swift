internal import JSON
internal import Web

/// An error in the form of OpenAI's API.
struct OpenAIError {
  var status: Int
  var message: String
  var parameter: String?
  var code: String?
  var headers: [HTTPResponse.Header] = []

  /// The word by which clients tell whose fault it is.
  private var type: String { status >= 500 ? "server_error" : "invalid_request_error" }

  func response(id: RequestID) -> HTTPResponse {
    var json = JSONObject()
    json.add(
      "error",
      .object([
        .init(key: "message", value: .string(message)), .init(key: "type", value: .string(type)),
        .init(key: "param", value: parameter.map { .string($0) } ?? .null),
        .init(key: "code", value: code.map { .string($0) } ?? .null),
      ]))
    return HTTPResponse(status: status, json: json.text, headers: headers + [id.openAIHeader])
  }

  func rejection(id: RequestID, cause: Rejection.Cause = .invalidRequest) -> Rejection {
    Rejection(cause, error: message, response: response(id: id))
  }
}

extension RequestID {
  var openAIHeader: HTTPResponse.Header { .init("x-request-id", "req_\(digits)") }
}
