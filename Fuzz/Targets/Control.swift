@testable import Audio
@testable import Contract
@testable import JSON

/// What a client says in text: JSON that is read is written back the same, a `start` leaves the parameters within their
/// limits, and a refusal is itself a message that can be sent.
func fuzzControl(_ bytes: UnsafeRawBufferPointer) {
  let value = try? JSONValue(parsing: bytes)
  if let value { requireSameWhenReadAgain(value) }

  let message: ControlMessage
  do throws(ControlMessageError) { message = try ControlMessage(parsing: bytes) } catch {
    require(
      error.description.count <= ParameterError.quotedCharacters + 40, "A refusal repeats too much of the message.")
    requireSent(.failure(error: error.description, code: nil, seq: nil))
    return
  }
  require(value != nil && bytes.count <= ControlMessage.largestBytes, "A control message was taken that is none.")
  // Written out a text can be longer than it came: \b becomes \u0008.
  let text = message.text
  if text.utf8.count <= ControlMessage.largestBytes {
    let again = text.utf8.withContiguousStorageIfAvailable { try? ControlMessage(parsing: UnsafeRawBufferPointer($0)) }
    require(again == .some(message), "A control message reads otherwise when it has been written.")
  }
  switch message {
  case .start(let wish): requireWithinLimits(wish)
  case .ping(let id): requireSent(.pong(id: id))
  case .flush, .stop: break
  }
}

private func requireWithinLimits(_ wish: JSONValue) {
  let before = StreamParameters(engine: "mock")
  var parameters = before
  do throws(ParameterError) {
    try parameters.set(from: wish, engines: ["mock", "speech"])
    requireLegal(parameters, engines: ["mock", "speech"])
    // `started` does not say these.
    (parameters.words, parameters.keeps) = (false, true)
    (parameters.settledFrames, parameters.settledOpen) = (0, false)
    requireSent(.started(clientID: 1, session: "s", parameters: parameters))
  } catch {
    require(parameters == before, "A start that was refused changed something.")
    requireSent(.failure(error: error.description, code: nil, seq: nil))
  }
}

func requireLegal(_ parameters: StreamParameters, engines: [String]) {
  require(
    AudioFormat.sampleRatesHz.contains(parameters.format.sampleRate)
      && AudioFormat.channelCounts.contains(parameters.format.channels)
      && parameters.format.frameBytes <= AudioFormat.largestFrameBytes && engines.contains(parameters.engine),
    "Parameters were taken that are not allowed: \(parameters)")
}

/// A message of ours is one line of JSON that a client reads as what it is.
func requireSent(_ message: ServerMessage) {
  let text = message.text
  require(text.utf8.allSatisfy { $0 >= 0x20 }, "A message of ours holds a control character: \(text)")
  require(ServerMessage(parsing: text.utf8) == message, "A message of ours is not read as what it is: \(text)")
}

func requireSameWhenReadAgain(_ value: JSONValue) {
  let text = value.text
  guard let again = try? JSONValue(parsing: text) else { preconditionFailure("JSON of ours can't be read: \(text)") }
  require(
    again == value && again.text.utf8.elementsEqual(text.utf8), "JSON changes when it is written and read: \(text)")
}
