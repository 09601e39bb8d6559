package import Audio
package import Web

/// What a client asks of a server for its stream, in the query of the address.
package struct StreamWishes: Equatable {
  /// Nil: the server's choice.
  package var engine: String?
  package var model: String?
  package var language: String?
  /// Each utterance has its words with their times.
  package var hasWordTimes: Bool

  package init(engine: String?, model: String?, language: String?, hasWordTimes: Bool = false) {
    self.engine = engine
    self.model = model
    self.language = language
    self.hasWordTimes = hasWordTimes
  }

  /// The address with the format that is sent, and what recognizes it.
  package func url(_ server: WebSocketURL, announcing format: AudioFormat) -> WebSocketURL {
    let place = server.appending(query: "sample_rate", String(format.sampleRate))
      .appending(query: "channels", String(format.channels)).appending(query: "encoding", format.encoding.rawValue)
    let wishes = [
      ("engine", engine), ("model", model), ("language", language), ("words", hasWordTimes ? "true" : nil),
    ]
    return wishes.reduce(place) { place, wish in wish.1.map { place.appending(query: wish.0, $0) } ?? place }
  }
}
