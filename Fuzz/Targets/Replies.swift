@testable import Contract
@testable import JSON
@testable import SpeechClient

/// A server's message as a client reads it: any JSON is read, and a message that is written again reads the same.
func fuzzReplies(_ bytes: UnsafeRawBufferPointer) {
  guard let value = try? JSONValue(parsing: bytes) else { return }
  _ = Reply(value)
  if let message = ServerMessage(value) {
    // Measures are written with fifteen digits.
    let text = message.text
    let again = ServerMessage(parsing: text.utf8)
    require(again?.text == text, "A message reads otherwise when it has been written: \(text)")
  }
}
