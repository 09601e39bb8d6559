internal import Web

/// A client of an audio-service server: turns sound into text.
///
/// ```swift
/// let client = try Transcriber("localhost:8000", Transcriber.Options(language: "en"))
/// for try await utterance in client.transcribe(.file("talk.wav")) {
///   print(utterance.text)
/// }
/// ```
///
/// `transcribe` gives the final texts, `events` partial texts, levels, notices and the receipt, too. Each call begins a
/// stream of its own, on a thread of its own, which ends with it; a client may have many at once. Times are seconds of
/// the recording. The server must be there within `Options.patience`. From then on a connection that breaks is
/// renewed: the stream continues in its session or, if the server has lost that, in a new one with the sound whose
/// words were not final. No text is given out twice.
///
/// **The end.** A sequence ends when every chunk of the sound was answered and the server's receipt agrees; otherwise
/// it throws a `SpeechError`. `stop()` ends the sound, after which the rest of its words come: that is how the
/// recording of a microphone ends. If the task that iterates is cancelled, or the sequence is let go, the sequence ends
/// at once without an error, and the session is closed behind it.
///
/// **Backpressure.** A sequence that is not read holds its stream: after some hundred events no more sound is sent. A
/// file and a sequence of pieces are read no further then; the sound of a microphone is kept, up to a gigabyte.
///
/// A proxy is taken from the environment, as by `audio-client`.
public struct Transcriber: Sendable {
  public struct Options: Sendable {
    /// Access token, if the server wants one.
    public var token: String?
    /// A file with the certificates (PEM) to trust instead of the system's.
    public var authorities: String?
    /// Engine, such as `speech`, and model, such as `whisper-base`. Nil: the server's choice.
    public var engine: String?
    public var model: String?
    /// Code of the language that is spoken, such as `en`, or `auto` to have it found. Nil: the server's choice.
    public var language: String?
    /// Each utterance has its words with their times.
    public var wordTimes: Bool
    /// How long to look for a server, at the beginning and after a connection broke. Nil: forever.
    public var patience: Duration?

    public init(
      token: String? = nil, authorities: String? = nil, engine: String? = nil, model: String? = nil,
      language: String? = nil, wordTimes: Bool = false, patience: Duration? = .seconds(60)
    ) {
      self.token = token
      self.authorities = authorities
      self.engine = engine
      self.model = model
      self.language = language
      self.wordTimes = wordTimes
      self.patience = patience
    }
  }

  let url: WebSocketURL
  let options: Options

  /// - Parameter server: its address: `host`, `host:8000`, `https://host`, or a WebSocket address.
  /// - Throws: `SpeechError.invalid`: the address or the token cannot be used.
  public init(_ server: String = "localhost:8000", _ options: Options = Options()) throws(SpeechError) {
    do throws(WebSocketError) { url = try ServerAddress.url(server) } catch {
      throw .invalid(
        "server: expected an address such as host, host:8000 or https://host, got \"\(server)\" (\(error))")
    }
    if let token = options.token, !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) || token.isEmpty {
      throw .invalid("token: expected a token without spaces, as printed by audio-server token add")
    }
    self.options = options
  }

  /// The final texts of the sound, each as soon as it is final.
  public func transcribe(_ source: SpeechSource) -> Utterances {
    Utterances(stream: begin(source, wants: EventQueue.Wishes()))
  }

  /// Everything that is known of the sound, as soon as it is known.
  public func events(of source: SpeechSource) -> SpeechEvents {
    SpeechEvents(stream: begin(source, wants: EventQueue.Wishes(partials: true, levels: true, others: true)))
  }

  private func begin(_ source: SpeechSource, wants wishes: EventQueue.Wishes) -> SpeechStream {
    let queue = EventQueue(wishes)
    StreamThread(url: url, options: options, source: source, events: queue).start()
    return SpeechStream(queue)
  }
}
