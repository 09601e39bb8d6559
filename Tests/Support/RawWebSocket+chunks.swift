public import Contract

extension RawWebSocket {
  /// A tenth of a second.
  public static let chunk = [UInt8](repeating: 7, count: 3200)

  /// Sends chunks `seqs` and reads their acknowledgements.
  public func send(chunks seqs: ClosedRange<Int>) throws {
    for seq in seqs {
      try send(binary: Self.chunk)
      guard case .accepted(_, seq, _) = try message() else { throw TestFailure("chunk \(seq) not acknowledged") }
    }
  }

  /// Reads the answers to chunks `seqs`, which must come in order and be transcriptions.
  public func expectMeasured(_ seqs: ClosedRange<Int>) throws {
    for seq in seqs {
      let message = try self.message()
      guard case .transcription(let transcription) = message, transcription.seq == seq,
        transcription.start == Double((seq - 1) * 1600) / 16_000
      else { throw TestFailure("\(message) for chunk \(seq)") }
    }
  }

  /// Sends a chunk and reads up to its answer; whether it was measured.
  public func isMeasured(seq: Int) throws -> Bool {
    try send(binary: Self.chunk)
    while true {
      switch try message() {
      case .accepted(_, seq, _): continue
      case .transcription(let transcription) where transcription.seq == seq: return true
      case .failure(_, nil, seq): return false
      case let other: throw TestFailure("\(other) came instead of the answer to chunk \(seq)")
      }
    }
  }

  /// The receipt that `stop` brings.
  public func receipt() throws -> Receipt {
    try send(text: #"{"type":"stop"}"#)
    let (messages, code) = try rest()
    guard code == 1000, case .summary(let receipt)? = messages.last else {
      throw TestFailure("no receipt but \(messages), closed with \(String(describing: code))")
    }
    return receipt
  }

  /// Begins a session that may be resumed.
  public func begin() throws -> (id: Int, session: String) {
    try send(text: #"{"type":"start"}"#)
    guard case .started(let id, let session, _, nil) = try message() else { throw TestFailure("not started") }
    return (id, session)
  }

  /// Asks for a session that another connection began.
  public func resume(_ session: String, answered: Int) throws {
    try send(text: #"{"type":"start","resume":"\#(session)","answered":\#(answered)}"#)
  }

  /// Reads that the session of client `id` goes on behind chunk `seq`.
  public func expectResumed(_ id: Int, seq: Int) throws {
    let message = try message()
    guard case .started(id, _, _, seq) = message else { throw TestFailure("\(message): not gone on with") }
  }
}
