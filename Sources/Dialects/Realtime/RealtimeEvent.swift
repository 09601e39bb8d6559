internal import Contract
internal import JSON

/// An event of a client of OpenAI's Realtime protocol.
struct RealtimeEvent {
  enum Kind {
    /// `isFlat`: in the form of the protocol's beta.
    case update(JSONValue, isFlat: Bool)
    /// Audio in base64.
    case append(String)
    /// The same, as it lies in the message.
    case appendPlain(UnsafeRawBufferPointer)
    case commit
    case clear
  }

  let kind: Kind
  let id: String?

  /// A message other than an append is no longer than this.
  private static let largestValueBytes = 64 << 10

  init(_ text: UnsafeRawBufferPointer) throws(RealtimeProblem) {
    if let append = RealtimeAppend(text) {
      id = append.id
      guard append.audio.hasEscapes else {
        kind = .appendPlain(append.audio.bytes)
        return
      }
      guard let audio = append.audio.value else {
        var problem = RealtimeProblem(
          .invalidJSON, "audio: expected a JSON string, got one with an escape that is none")
        problem.eventID = id
        throw problem
      }
      kind = .append(audio)
      return
    }
    guard text.count <= Self.largestValueBytes else {
      throw RealtimeProblem(
        .invalidValue, "expected an append of audio, or at most \(Self.largestValueBytes) bytes, got \(text.count)")
    }
    guard let value = try? JSONValue(parsing: text), case .object = value else {
      let beginning = String(decoding: text.prefix(60), as: UTF8.self)
      throw RealtimeProblem(.invalidJSON, "expected a JSON object, got \(beginning.quoted)")
    }
    id = value["event_id"]?.string
    do throws(RealtimeProblem) {
      kind = try Self.kind(value)
    } catch {
      var problem = error
      problem.eventID = id
      throw problem
    }
  }

  private static func kind(_ value: JSONValue) throws(RealtimeProblem) -> Kind {
    switch value["type"]?.string {
    case "session.update": return .update(value["session"] ?? .object([]), isFlat: false)
    case "transcription_session.update": return .update(value["session"] ?? .object([]), isFlat: true)
    case "input_audio_buffer.append":
      guard let audio = value["audio"]?.string else {
        throw RealtimeProblem("audio", expected: "audio in base64", value["audio"])
      }
      return .append(audio)
    case "input_audio_buffer.commit": return .commit
    case "input_audio_buffer.clear": return .clear
    default:
      let type = value["type"]?.text ?? ""
      throw RealtimeProblem(.unknownEvent, "type: unknown, or not of transcription: \(type.quoted)")
    }
  }
}
