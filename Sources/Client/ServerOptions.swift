import Audio
import CommandLine
import WebSocket

/// The server and how it is spoken to.
struct ServerOptions {
  var url: WebSocketURL
  var retries: Bool
  /// The engine asked for; nil: the server's choice.
  var engine: String?
  /// Shown to the server to be let in.
  var token: String?
  /// The file of certificates to trust instead of the system's.
  var authorities: String?

  init(_ settings: Settings) throws(UsageError) {
    do throws(WebSocketError) { url = try WebSocketURL(settings.string("url") ?? ClientFlags.defaultURL) } catch {
      throw settings.refuse("url", allowed: "a WebSocket address such as \(ClientFlags.defaultURL) (\(error))")
    }
    retries = try !settings.isOn("no-retry")
    engine = settings.string("engine")
    token = settings.string("token")
    if token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) == false {
      throw UsageError("--token: allowed is a token without spaces, as audio-server token add printed it")
    }
    authorities = settings.string("ca")
  }

  /// The place with the format of what is sent, and the engine.
  func url(announcing format: AudioFormat) -> WebSocketURL {
    let place = url.appending(query: "sample_rate", String(format.sampleRate))
      .appending(query: "channels", String(format.channels)).appending(query: "encoding", format.encoding.rawValue)
    return engine.map { place.appending(query: "engine", $0) } ?? place
  }
}
