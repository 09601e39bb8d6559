import Audio
import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import Web

/// Uploads: requests with a file.
extension Gateway: UploadOwner {
  var uploadSettings: UploadSettings { context.settings.workers.uploads }
  var workerPath: String { context.settings.workers.path }

  /// Uploads at a time, and processes that decode some of them, of one loop.
  private static let mostUploads = 256
  private static let mostProcesses = 64

  var isMemoryShort: Bool { budget.isShort }
  var decoding: Int {
    get { sessions.decoding }
    set { sessions.decoding = newValue }
  }
  var mayDecode: Bool { sessions.decoding < Self.mostProcesses }

  func charge(_ bytes: Int, of exchange: HTTPExchange, to client: ClientIdentity) {
    guard shared.access.limitsRates else { return }
    let wait = shared.access.charge(bytes, to: client, at: loop.now)
    guard wait > .zero, !exchange.isBodyPaused else { return }
    exchange.isBodyPaused = true
    loop.after(wait) { [weak exchange] in exchange?.isBodyPaused = false }
  }

  func refused(_ rejection: Rejection, _ dialect: any UploadDialect.Type, peer: String) {
    counters.refusals.add(rejection.cause)
    counters.dialects.refused(DialectList.name(of: dialect))
    log.write(
      .warning, "upload refused",
      ["peer": .string(peer), "status": .number(rejection.response.status), "error": .string(rejection.error)])
  }

  /// The response of the service that owns the path to a request that uploads nothing; nil if there is none.
  func otherResponse(to request: HTTPRequest) -> HTTPResponse? {
    let id = RequestID(digits: randomBytes(16).hexadecimal)
    guard let dialect = shared.dialects.uploads(to: request.path) else { return nil }
    return dialect.response(to: request, engines, id: id).map { identified(request, dialect, id)?.response ?? $0 }
  }

  /// Answers a request of another service's protocol, or takes its file in.
  func serve(_ exchange: HTTPExchange, _ dialect: any UploadDialect.Type) {
    let request = exchange.request
    let id = RequestID(digits: randomBytes(16).hexadecimal)
    let isAllowed = shared.access.withControl {
      $0.origins.allows(origin: request.header("origin"), host: request.header("host"))
    }
    if let preflight = CrossOrigin.preflight(request, isAllowed: isAllowed) { return exchange.respond(preflight) }
    exchange.headers = CrossOrigin.headers(request, isAllowed: isAllowed)
    if let response = dialect.response(to: request, engines, id: id) {
      return exchange.respond(identified(request, dialect, id)?.response ?? response)
    }
    do throws(Rejection) {
      try receive(exchange, dialect, id)
    } catch {
      refused(error, dialect, peer: request.peer)
      // A client that sends its file at once gets the response when it has.
      guard request.hasBody, !request.expectsContinue else { return exchange.respond(error.response) }
      refuse(exchange, of: client(of: request, dialect), with: error.response)
    }
  }

  /// The client that a body is charged to, whether it may upload or not.
  private func client(of request: HTTPRequest, _ dialect: any UploadDialect.Type) -> ClientIdentity {
    switch shared.access.withControl({ $0.identify(request, dialect.credentials) }) {
    case .admit(let client): client
    case .reject: ClientIdentity(network: request.network)
    }
  }

  func refuse(_ exchange: HTTPExchange, of client: ClientIdentity, with response: HTTPResponse) {
    let id = ObjectIdentifier(exchange)
    let refused = RefusedUpload(exchange, response, loop: loop) { [unowned self] event in
      switch event {
      case .received(let bytes, let exchange): charge(bytes, of: exchange, to: client)
      case .ended: sessions.refusedUploads[id] = nil
      }
    }
    sessions.refusedUploads[id] = refused
    exchange.delegate = refused
  }

  /// The refusal of a request that uploads nothing; nil: it is admitted.
  private func identified(_ request: HTTPRequest, _ dialect: any UploadDialect.Type, _ id: RequestID) -> Rejection? {
    switch shared.access.withControl({ $0.identify(request, dialect.credentials) }) {
    case .reject(let reason): dialect.rejection(reason, id: id)
    case .admit: nil
    }
  }

  private func receive(
    _ exchange: HTTPExchange, _ dialect: any UploadDialect.Type, _ id: RequestID
  ) throws(Rejection) {
    let request = exchange.request
    switch shared.access.withControl({ $0.decide(request, dialect.credentials) }) {
    case .reject(let reason): throw dialect.rejection(reason, id: id)
    case .admit(let client):
      guard lifecycle.isServing, !budget.isShort else { throw dialect.rejection(.unavailable, id: id) }
      guard sessions.uploads.count < Self.mostUploads else { throw dialect.rejection(.tooManyUploads, id: id) }
      let value = try dialect.init(request, engines, id: id)
      if let length = request.header("content-length").flatMap({ Int($0) }),
        length > uploadSettings.limitMiB << 20 + Upload.formBytes
      {
        throw dialect.rejection(.uploadTooLarge(limitMiB: uploadSettings.limitMiB), id: id)
      }
      let upload: Upload
      do throws(SystemError) {
        upload = try Upload(exchange, value, id: id, client: client, owner: self)
      } catch {
        throw dialect.rejection(.unavailable, id: id)
      }
      sessions.uploads[ObjectIdentifier(upload)] = { upload.shutDown() }
      shared.access.opened(ObjectIdentifier(upload), by: client)
      budget.clients = shared.access.connections
      exchange.endsWithInput = true
      exchange.delegate = upload
    }
  }

  func held(_ before: Int, now after: Int) {
    budget.change(from: MemoryBudget.Share(bytes: before), to: MemoryBudget.Share(bytes: after))
  }

  func open(_ opening: UploadOpening, of file: UploadedFile, for upload: Upload) {
    let request = StreamRequest(
      format: file.format, opening.choice, wantsWords: true,
      utterances: UtteranceWishes(partials: false, yieldsLength: true))
    var stream = Opening(request: request) { opening.dialect(file, $0) }
    stream.ignored = opening.ignored
    guard let channels = opening.channels, file.format.channels > 1 else {
      let session = session(of: stream, for: upload.client)
      // It is recognized behind live streams.
      session.admission = .delayed
      return connect(session, to: upload)
    }
    stream.channels = Opening.Channels(format: file.format) { channels(file, $0, $1) }
    let group = group(of: stream, for: upload.client)
    for session in group.sessions { session.admission = .delayed }
    upload.holder = group
    group.attach(upload)
  }

  func ended(_ upload: Upload) {
    sessions.uploads[ObjectIdentifier(upload)] = nil
    if let session = upload.holder as? Session { return closed(upload, of: session, code: 1000) }
    (upload.holder as? ChannelGroup)?.closed(upload, code: 1000)
    shared.access.closed(ObjectIdentifier(upload))
    budget.clients = shared.access.connections
  }
}
