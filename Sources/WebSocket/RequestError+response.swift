import Web

extension RequestError {
  var response: HTTPResponse { HTTPResponse(status: status, json: #"{"error":"\#(reason)"}"#) }
}
