import Audio
import CommandLine
import Web

/// The server and the credentials.
struct ServerOptions {
  var url: WebSocketURL
  /// The address is not the one that was typed, only meant by it.
  var isURLResolved: Bool
  var retries: Bool
  /// The requested engine. Nil: the server's choice.
  var engine: String?
  /// The requested model and language. Nil: the server's choice.
  var model: String?
  var language: String?
  /// The access token.
  var token: String?
  /// A file with certificates to trust instead of the system's.
  var authorities: String?

  /// - Parameter isLocal: whether it is the command's own.
  init(_ settings: Settings, isLocal: Bool = false) throws(UsageError) {
    let typed = (isLocal ? LocalServer.url : settings.string("url")) ?? ClientFlags.defaultURL
    do throws(WebSocketError) { url = try ServerAddress.url(typed) } catch {
      throw settings.refuse(
        "url", allowed: "an address such as host, host:8000 or \(ClientFlags.defaultURL) (\(error))")
    }
    isURLResolved = "\(url)" != typed
    retries = try !settings.isOn("no-retry")
    engine = settings.string("engine")
    model = settings.string("model")
    language = settings.string("language")
    token = settings.string("token")
    if token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) == false {
      throw UsageError("--token: expected a token without spaces, as printed by audio-server token add")
    }
    authorities = settings.string("ca")
  }

  /// The address with the format that is sent, and what recognizes it.
  func url(announcing format: AudioFormat) -> WebSocketURL {
    let place = url.appending(query: "sample_rate", String(format.sampleRate))
      .appending(query: "channels", String(format.channels)).appending(query: "encoding", format.encoding.rawValue)
    let wishes = [("engine", engine), ("model", model), ("language", language)]
    return wishes.reduce(place) { place, wish in wish.1.map { place.appending(query: wish.0, $0) } ?? place }
  }
}
