public import Audio
public import Web

/// A protocol of uploads: a request with a file, and a response with what is heard in it. One value a request.
public protocol UploadDialect: SendableMetatype {
  static var credentials: [DialectPolicy.Credential] { get }
  /// Whether requests for this path, right or wrong, are answered in its form.
  static func owns(_ path: String) -> Bool
  /// The response to a request that uploads nothing; nil: it is an upload.
  static func response(to request: HTTPRequest, _ engines: EngineList, id: RequestID) -> HTTPResponse?
  static func rejection(_ reason: RejectionReason, id: RequestID) -> Rejection

  /// Reads the head of an upload.
  init(_ request: HTTPRequest, _ engines: EngineList, id: RequestID) throws(Rejection)
  /// Reads a piece of the body. `file` is called with what of it belongs to the file.
  mutating func receive(_ body: UnsafeRawBufferPointer, file: (UnsafeRawBufferPointer) -> Void) throws(Rejection)
  /// The body is complete.
  mutating func opening(_ engines: EngineList) throws(Rejection) -> UploadOpening
}

/// A file's format and what recognizes it, as the request asked for them.
public struct UploadOpening {
  public var choice: EngineChoice
  /// The format of a file that has no header, only samples.
  public var samples: AudioFormat?
  /// Names of what was asked for and means nothing here.
  public var ignored: [String] = []
  /// Makes the dialect's value for the session that is opened, of a file of this format and so many bytes.
  public var dialect: (UploadedFile, SessionIdentity) -> any RecordingDialect
  /// The same for so many channels that are recognized apart; nil: they are mixed.
  public var channels: ((UploadedFile, SessionIdentity, Int) -> [any RecordingDialect])?
}

/// A file as it came.
public struct UploadedFile: Equatable, Sendable {
  public var bytes: Int
  /// In lowercase hexadecimal.
  public var sha256: String
  /// Format of the decoded sound.
  public var format: AudioFormat

  public init(bytes: Int, sha256: String, format: AudioFormat) {
    (self.bytes, self.sha256, self.format) = (bytes, sha256, format)
  }
}

/// Name of a request in responses and logs: 128 random bits.
public struct RequestID: Equatable, Sendable {
  /// 32 hexadecimal digits.
  public var digits: String

  public init(digits: String) { self.digits = digits }

  /// As RFC 9562 writes it.
  var uuid: String {
    let ends = [8, 12, 16, 20, 32]
    return zip([0] + ends, ends).map { start, end in digits.dropFirst(start).prefix(end - start) }
      .joined(separator: "-")
  }
}
