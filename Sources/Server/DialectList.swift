import Dialects

/// The protocols this server speaks: a new one is a folder in Dialects and a line here.
struct DialectList: Sendable {
  /// The protocols of another service.
  struct OtherService: Sendable {
    let name: String
    var sockets: [any Dialect.Type] = []
    var uploads: [any UploadDialect.Type] = []
  }

  static let native = NativeDialect.self
  static let others = [
    OtherService(name: "vosk", sockets: [VoskDialect.self]),
    OtherService(name: "deepgram", sockets: [DeepgramDialect.self], uploads: [DeepgramUpload.self]),
    OtherService(name: "speechmatics", sockets: [SpeechmaticsDialect.self]),
    OtherService(name: "openai", sockets: [RealtimeDialect.self], uploads: [OpenAIUpload.self]),
  ]

  /// For people.
  static var names: String { others.map(\.name).joined(separator: ", ") }

  /// As reports have them.
  static var allNames: [String] { [native.policy.name] + others.map(\.name) + [WyomingTranscript.policy.name] }

  /// Name of the service with this protocol of uploads.
  static func name(of uploads: any UploadDialect.Type) -> String {
    others.first { $0.uploads.contains { $0 == uploads } }?.name ?? native.policy.name
  }

  private let sockets: [any Dialect.Type]
  private let uploads: [any UploadDialect.Type]

  /// - Parameter names: of those spoken besides the native one.
  init(_ names: [String]) {
    let spoken = Self.others.filter { names.contains($0.name) }
    sockets = [Self.native] + spoken.flatMap(\.sockets)
    uploads = spoken.flatMap(\.uploads)
  }

  func dialect(serving path: String) -> (any Dialect.Type)? { sockets.first { $0.serves(path) } }

  func uploads(to path: String) -> (any UploadDialect.Type)? { uploads.first { $0.owns(path) } }
}
