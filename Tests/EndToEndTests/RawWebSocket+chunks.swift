import Contract
import Support
import Testing

extension RawWebSocket {
  /// A tenth of a second.
  static let chunk = [UInt8](repeating: 7, count: 3200)

  /// Sends chunks `seqs` and reads their acknowledgements.
  func send(chunks seqs: ClosedRange<Int>) throws {
    for seq in seqs {
      try send(binary: Self.chunk)
      guard case .accepted(_, seq, _) = try message() else { throw TestFailure("chunk \(seq) not acknowledged") }
    }
  }

  /// Reads the answers to chunks `seqs`, which must come in order and be transcriptions.
  func expectMeasured(_ seqs: ClosedRange<Int>) throws {
    for seq in seqs {
      let message = try self.message()
      guard case .transcription(let transcription) = message, transcription.seq == seq else {
        throw TestFailure("\(message) for chunk \(seq)")
      }
      #expect(transcription.start == Double((seq - 1) * 1600) / 16_000)
    }
  }

  /// The receipt that `stop` brings.
  func receipt() throws -> Receipt {
    try send(text: #"{"type":"stop"}"#)
    let (messages, code) = try rest()
    guard code == 1000, case .summary(let receipt)? = messages.last else {
      throw TestFailure("no receipt but \(messages), closed with \(String(describing: code))")
    }
    return receipt
  }
}
