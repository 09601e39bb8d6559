public import Web

/// Deepgram's API for files: the body of the request is the file.
public struct DeepgramUpload: UploadDialect {
  public static let credentials = DialectPolicy.Credential.customary

  private let parameters: DeepgramParameters
  private var hasFile = false

  public static func owns(_ path: String) -> Bool { [DeepgramRequest.path, DeepgramRequest.otherPath].contains(path) }

  public static func response(to request: HTTPRequest, _ engines: EngineList, id: RequestID) -> HTTPResponse? {
    let path = DeepgramRequest.path
    guard request.path == path else { return DeepgramRequest.otherProduct.response }
    switch request.method {
    case "POST": return nil
    case "GET", "HEAD":
      let terms = RejectionReason.Terms(
        cause: .invalidRequest, status: 426,
        error: "\(path): expected POST with a file, or GET with an upgrade to a WebSocket",
        headers: [.init("upgrade", "websocket")])
      return DeepgramRequest.rejection(terms, code: "UPGRADE_REQUIRED").response
    default:
      let terms = RejectionReason.Terms(
        cause: .invalidRequest, status: 405,
        error: "\(path): expected POST with a file, or a WebSocket, got \(request.method)",
        headers: [.init("allow", "GET, HEAD, POST")])
      return DeepgramRequest.rejection(terms, code: "METHOD_NOT_ALLOWED").response
    }
  }

  public static func rejection(_ reason: RejectionReason, id: RequestID) -> Rejection {
    DeepgramRequest.rejection(reason)
  }

  public init(_ request: HTTPRequest, _ engines: EngineList, id: RequestID) throws(Rejection) {
    // Any other type may be sent with a file.
    let type = request.header("content-type") ?? ""
    do throws(DeepgramProblem) {
      guard !type.lowercased().hasPrefix("application/json") else {
        throw DeepgramProblem("body", expected: "an audio file: this server fetches no address", type)
      }
      parameters = try DeepgramParameters(request.query, engines)
    } catch {
      throw DeepgramRequest.rejection(error)
    }
  }

  public mutating func receive(
    _ body: UnsafeRawBufferPointer, file: (UnsafeRawBufferPointer) -> Void
  ) throws(Rejection) {
    if !body.isEmpty { hasFile = true }
    file(body)
  }

  public mutating func opening(_ engines: EngineList) throws(Rejection) -> UploadOpening {
    guard hasFile else {
      throw DeepgramRequest.rejection(DeepgramProblem("body", expected: "an audio file", ""))
    }
    if let reason = engines.problem(parameters.choice.engine) {
      throw DeepgramRequest.rejection(.engineUnavailable(engine: parameters.choice.engine, reason: reason))
    }
    let model = engines.modelName(of: parameters.choice)
    let listsUtterances = parameters.listsUtterances
    func channels(_ count: Int, of file: UploadedFile, _ identity: SessionIdentity) -> [DeepgramTranscription] {
      let request = DeepgramRequest(identity, model: model, channels: count)
      let results = ChannelResults<HeardRecording>(channels: count)
      return (0..<count).map {
        DeepgramTranscription(of: file, request, channel: $0, results, listsUtterances: listsUtterances)
      }
    }
    var opening = UploadOpening(choice: parameters.choice, samples: parameters.format, ignored: parameters.ignored) {
      channels(1, of: $0, $1)[0]
    }
    if parameters.separatesChannels { opening.channels = { channels($2, of: $0, $1) } }
    return opening
  }
}
