import Audio
import CommandLine
import SpeechClient
import Web

/// The server and the credentials.
struct ServerOptions {
  var url: WebSocketURL
  /// The address is not the one that was typed, only meant by it.
  var isURLResolved: Bool
  var retries: Bool
  /// What is asked of the server for each stream.
  var wishes: StreamWishes
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
    wishes = StreamWishes(
      engine: settings.string("engine"), model: settings.string("model"), language: settings.string("language"))
    token = settings.string("token")
    if token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) == false {
      throw UsageError("--token: expected a token without spaces, as printed by audio-server token add")
    }
    authorities = settings.string("ca")
  }

  /// The address with the format that is sent, and what recognizes it.
  func url(announcing format: AudioFormat) -> WebSocketURL { wishes.url(url, announcing: format) }
}
