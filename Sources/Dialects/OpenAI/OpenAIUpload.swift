internal import Contract
internal import Recognition
public import Web

/// OpenAI's API for files: transcriptions and the list of models.
public struct OpenAIUpload: UploadDialect {
  public static let credentials = DialectPolicy.Credential.customary

  private static let transcriptions = "/audio/transcriptions"
  private static let models = "/models"
  /// For clients that look for a model of this name before they upload.
  private static let customaryModel = "whisper-1"

  private let id: RequestID
  private var reader: MultipartReader
  private var form = OpenAIForm()
  private var hasFile = false
  private var fileBytes = 0
  /// The field that is being read; nil: its content is passed over.
  private var field: (name: String, value: [UInt8])?
  private var isInFile = false
  private var problem: OpenAIForm.Problem?

  private static let mostFieldBytes = 64 << 10

  /// With or without the version: clients are given either as the address.
  private static func unversioned(_ path: String) -> Substring {
    path.hasPrefix("/v1/") ? path.dropFirst(3) : path[...]
  }

  public static func owns(_ path: String) -> Bool {
    let rest = unversioned(path)
    return path.hasPrefix("/v1/") && path != "/v1/listen" && path != "/v1/realtime" || rest.hasPrefix("/audio/")
      || rest == models || rest.hasPrefix("\(models)/")
  }

  public static func response(to request: HTTPRequest, _ engines: EngineList, id: RequestID) -> HTTPResponse? {
    let path = unversioned(request.path)
    let isReading = ["GET", "HEAD"].contains(request.method)
    if path == transcriptions {
      guard request.method != "POST" else { return nil }
      return notAllowed(request, expected: "POST", id)
    }
    guard path == models || path.hasPrefix("\(models)/") else {
      return OpenAIError(
        status: 404,
        message: "\(request.path.prefix(120)): no such path; expected POST /v1/audio/transcriptions or GET /v1/models"
      ).response(id: id)
    }
    guard isReading else { return notAllowed(request, expected: "GET", id) }
    return OpenAIModels(engines, customary: customaryModel).response(to: path.dropFirst(models.count + 1), id: id)
  }

  private static func notAllowed(_ request: HTTPRequest, expected: String, _ id: RequestID) -> HTTPResponse {
    OpenAIError(
      status: 405, message: "\(request.path): expected \(expected), got \(request.method)",
      headers: [.init("allow", expected)]
    ).response(id: id)
  }

  public static func rejection(_ reason: RejectionReason, id: RequestID) -> Rejection {
    let terms = reason.terms
    let isFile =
      switch reason {
      case .uploadTooLarge, .uploadTooLong, .notDecoded: true
      default: false
      }
    return OpenAIError(
      status: terms.status, message: terms.error, parameter: isFile ? "file" : nil,
      code: terms.status == 401 ? "invalid_api_key" : terms.code, headers: terms.headers
    ).rejection(id: id, cause: terms.cause)
  }

  public init(_ request: HTTPRequest, _ engines: EngineList, id: RequestID) throws(Rejection) {
    self.id = id
    let type = request.header("content-type") ?? ""
    guard let reader = MultipartReader(contentType: type) else {
      throw OpenAIError(
        status: 400, message: "content-type: expected multipart/form-data with a boundary, got \"\(type.prefix(120))\""
      ).rejection(id: id)
    }
    self.reader = reader
  }

  // MARK: The body

  public mutating func receive(
    _ body: UnsafeRawBufferPointer, file: (UnsafeRawBufferPointer) -> Void
  ) throws(Rejection) {
    var reader = reader
    do throws(MultipartError) {
      try reader.read(body) { take($0, file: file) }
    } catch {
      throw OpenAIError(status: 400, message: "\(error)").rejection(id: id)
    }
    self.reader = reader
    if let problem { throw rejection(problem) }
  }

  private mutating func take(_ event: MultipartReader.Event, file: (UnsafeRawBufferPointer) -> Void) {
    switch event {
    case .part(let name, let filename):
      endField()
      isInFile = name == "file"
      if isInFile {
        if hasFile { problem = OpenAIForm.Problem("file", "expected one file, got two") }
        hasFile = true
      } else if filename == nil {
        field = (name, [])
      }
    case .content(let bytes) where isInFile:
      fileBytes += bytes.count
      file(bytes)
    case .content(let bytes):
      guard field != nil else { return }
      field?.value += bytes
      if let field, field.value.count > Self.mostFieldBytes {
        problem = OpenAIForm.Problem(field.name, "expected at most \(Self.mostFieldBytes) bytes, got more")
      }
    }
  }

  private mutating func endField() {
    guard let (name, value) = field else { return }
    field = nil
    do throws(OpenAIForm.Problem) {
      try form.set(name, String(decoding: value, as: UTF8.self))
    } catch {
      problem = problem ?? error
    }
  }

  private func rejection(_ problem: OpenAIForm.Problem) -> Rejection {
    OpenAIError(status: 400, message: problem.sentence, parameter: problem.field, code: problem.code)
      .rejection(id: id)
  }

  public mutating func opening(_ engines: EngineList) throws(Rejection) -> UploadOpening {
    endField()
    if let problem { throw rejection(problem) }
    guard reader.hasEnded else {
      throw OpenAIError(status: 400, message: "expected a body that ends with its boundary").rejection(id: id)
    }
    guard hasFile, fileBytes > 0 else {
      throw rejection(.init("file", "expected an audio file, got \(hasFile ? "an empty one" : "none")"))
    }
    guard let model = form.model else { throw rejection(.init("model", "expected a name, such as whisper-1")) }
    let choice: EngineChoice
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(ofModel: model, language: form.language)
    } catch {
      throw rejection(
        .init(
          error.parameter, "expected \(error.expected), got \(error.value.quoted)", code: "unsupported_value"))
    }
    if let reason = engines.problem(choice.engine) {
      throw Self.rejection(.engineUnavailable(engine: choice.engine, reason: reason), id: id)
    }
    let language = engines.language(of: choice)
    return UploadOpening(choice: choice, ignored: form.ignored) { [form, id] file, _ in
      OpenAITranscription(form, language: language, of: file, id: id)
    }
  }
}
