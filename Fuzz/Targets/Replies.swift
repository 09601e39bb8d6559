@testable import Client
@testable import Contract
@testable import JSON

/// What a server says, as a client reads it: three readers that must agree, and what is read can be written again.
func fuzzReplies(_ bytes: UnsafeRawBufferPointer) {
  let quick = QuickReply(scanning: bytes)
  guard let value = try? JSONValue(parsing: bytes) else { return }
  if let message = ServerMessage(value) {
    let text = message.text
    require(ServerMessage(parsing: text.utf8) == message, "A message reads otherwise when it has been written: \(text)")
  }
  // The quick reader takes the first of two members with one name, the others the last.
  guard case .object(let members) = value, Set(members.map(\.key)).count == members.count else { return }
  switch (quick, Reply(value)) {
  case (.accepted(let seq, let size), let reply):
    require(reply == .accepted(seq: seq, chunkBytes: size), "An acknowledgement is read in two ways.")
  case (.transcribed(let seq), .transcription(let text)):
    require(text.seq == seq, "A transcription's seq is read in two ways.")
  default: break
  }
}
