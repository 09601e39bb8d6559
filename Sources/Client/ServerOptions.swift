import Flags
import WebSocket
import Wire

/// The server and how it is spoken to.
struct ServerOptions {
  var url: WebSocketURL
  var retries: Bool

  init(_ settings: Settings) throws(UsageError) {
    do throws(WebSocketError) { url = try WebSocketURL(settings.string("url") ?? ClientFlags.defaultURL) } catch {
      throw settings.refuse("url", allowed: "a WebSocket address such as \(ClientFlags.defaultURL) (\(error))")
    }
    retries = try !settings.isOn("no-retry")
  }

  /// The place with the format of what is sent.
  func url(announcing format: AudioFormat) -> WebSocketURL {
    url.appending(query: "sample_rate", String(format.sampleRate)).appending(query: "channels", String(format.channels))
      .appending(query: "encoding", format.encoding.rawValue)
  }
}
