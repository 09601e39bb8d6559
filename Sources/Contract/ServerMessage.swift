internal import Audio
public import JSON

/// What the server says to a client: every text message there is.
public enum ServerMessage: Equatable, Sendable {
  /// A chunk has arrived.
  case accepted(clientID: Int, seq: Int, chunkBytes: Int)
  case transcription(Transcription)
  /// With `seq`, the last chunk that was received, it is an old session that goes on.
  case started(clientID: Int, session: String, parameters: StreamParameters, seq: Int? = nil)
  case flushed(seq: Int, settled: SettledMessage? = nil)
  case pong(id: JSONValue?)
  /// Something about the audio between two seconds of the stream; the text is for people.
  case notice(String, seq: Int?, start: Double, end: Double, text: String)
  case summary(Receipt)
  /// Something can't be done; with `seq` it is about that chunk, with `code` the connection is closed after it.
  case failure(error: String, code: String?, seq: Int?)

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    switch self {
    case .accepted(let clientID, let seq, let chunkBytes):
      object.add("client_id", clientID)
      object.add("seq", seq)
      object.add("chunk_size", chunkBytes)
    case .transcription(let transcription): transcription.write(to: &object)
    case .started(let clientID, let session, let parameters, let seq):
      object.add("type", "started")
      object.add("client_id", clientID)
      object.add("session", session)
      object.add("engine", parameters.engine)
      object.add("sample_rate", parameters.format.sampleRate)
      object.add("channels", parameters.format.channels)
      object.add("encoding", parameters.format.encoding.rawValue)
      if let seq { object.add("seq", seq) }
      if parameters.updates { object.add("updates", true) }
      if let language = parameters.language { object.add("language", language) }
      if let model = parameters.model { object.add("model", model) }
    case .flushed(let seq, let settled):
      object.add("type", "flushed")
      object.add("seq", seq)
      if let settled { settled.write(to: &object) }
    case .pong(let id):
      object.add("type", "pong")
      if let id { object.add("id", id) }
    case .notice(let name, let seq, let start, let end, let text):
      object.add("type", "notice")
      object.add("notice", name)
      if let seq { object.add("seq", seq) }
      object.add("start", .number("\(start)"))
      object.add("end", .number("\(end)"))
      object.add("text", text)
    case .summary(let receipt): receipt.write(to: &object)
    case .failure(let error, let code, let seq):
      object.add("error", error)
      if let code { object.add("code", code) }
      if let seq { object.add("seq", seq) }
    }
  }

  /// The message as text.
  public var text: String {
    var object = JSONObject()
    write(to: &object)
    return object.text
  }

  /// Reads a message; nil when it is none of these.
  public init?(parsing text: some Sequence<UInt8>) {
    guard let value = try? JSONValue(parsing: text) else { return nil }
    self.init(value)
  }

  /// Reads a message; nil when it is none of these.
  public init?(_ value: JSONValue) {
    if let error = value["error"]?.string {
      self = .failure(error: error, code: value["code"]?.string, seq: value["seq"]?.integer)
    } else if let transcription = Transcription(value) {
      self = .transcription(transcription)
    } else if let size = value["chunk_size"]?.integer {
      guard let clientID = value["client_id"]?.integer, let seq = value["seq"]?.integer else { return nil }
      self = .accepted(clientID: clientID, seq: seq, chunkBytes: size)
    } else {
      self.init(typed: value)
    }
  }

  private init?(typed value: JSONValue) {
    switch value["type"]?.string {
    case "started":
      guard let clientID = value["client_id"]?.integer, let session = value["session"]?.string,
        let engine = value["engine"]?.string, let sampleRate = value["sample_rate"]?.integer,
        let channels = value["channels"]?.integer,
        let encoding = value["encoding"]?.string.flatMap(SampleEncoding.init(rawValue:))
      else { return nil }
      let format = AudioFormat(sampleRate: sampleRate, channels: channels, encoding: encoding)
      var parameters = StreamParameters(
        format: format, engine: engine, updates: value["updates"] == .bool(true))
      parameters.language = value["language"]?.string
      parameters.model = value["model"]?.string
      self = .started(clientID: clientID, session: session, parameters: parameters, seq: value["seq"]?.integer)
    case "flushed":
      guard let seq = value["seq"]?.integer else { return nil }
      self = .flushed(seq: seq, settled: SettledMessage(value))
    case "pong": self = .pong(id: value["id"])
    case "notice":
      guard let name = value["notice"]?.string, let start = value["start"]?.double, let end = value["end"]?.double,
        let text = value["text"]?.string
      else { return nil }
      self = .notice(name, seq: value["seq"]?.integer, start: start, end: end, text: text)
    case "summary":
      guard let receipt = Receipt(value) else { return nil }
      self = .summary(receipt)
    default: return nil
    }
  }
}
