@testable import Broker

/// Bytes of a broker, which may say anything: the operations are the same however the bytes are split, and a client
/// that follows them writes only what it is asked for. A message read as an answer about a bucket has a revision, and a
/// header stays the same when it is written again.
func fuzzBroker(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = operations([input.bytes])
  require(whole == operations(input.pieces(seed)), "Operations depend on how they were split.")
}

private func operations(_ pieces: [UnsafeRawBufferPointer]) -> [String] {
  var reader = ProtocolReader()
  var terms = BrokerTerms(login: .key(BrokerKey(secret: [UInt8](repeating: 1, count: BrokerKey.secretBytes))))
  terms.takesAnyVersion = true
  var states = [BrokerState(BrokerTerms(), name: "fuzz"), BrokerState(terms, name: "fuzz"), .established]
  var found: [String] = []
  for piece in pieces {
    piece.inOwnMemory { reader.take($0) }
    do throws(BrokerError) {
      while let operation = try reader.next() {
        found.append(text(operation))
        for index in states.indices { follow(operation, &states[index]) }
      }
    } catch {
      return found + [error.description]
    }
  }
  return found
}

private func follow(_ operation: ServerOperation, _ state: inout BrokerState) {
  var writer = ProtocolWriter()
  if case .startTLS? = try? state.take(operation, into: &writer) {
    require(writer.bytes.isEmpty, "A client spoke before TLS.")
    state.startedTLS(into: &writer)
  }
  let said = String(decoding: writer.bytes, as: UTF8.self)
  require(
    said.isEmpty || said == "PONG\r\n" || said.hasPrefix("CONNECT {") && said.hasSuffix("}\r\nPING\r\n"),
    "A client said \(said).")
}

private func text(_ operation: ServerOperation) -> String {
  guard case .message(let message) = operation else { return "\(operation)" }
  require(!message.subjectBytes.isEmpty, "A message without a subject.")
  if let entry = try? BucketReply.result(of: message).get().entry() { require(entry.revision > 0, "A revision of 0.") }
  if let header = BrokerHeader(message.payload) {
    let again = Array(header.text.utf8).withUnsafeBytes { BrokerHeader($0) }
    require(again == header, "A header is another one when it is written.")
  }
  let payload = message.payload.reduce(into: 0) { $0 = $0 &* 31 &+ Int($1) }
  return "\(message.subscription) \(message.subject) \(message.status ?? 0) \(message.payload.count) \(payload)"
}
