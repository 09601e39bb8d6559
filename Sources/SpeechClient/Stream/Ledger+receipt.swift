import Contract

extension Ledger {
  /// Compares this session with the server's receipt. `seconds` is the length of the audio sent in it.
  func comparison(with receipt: Receipt?, seconds: Double) -> Verdict {
    guard let receipt else { return Verdict(lines: ["the server sent no receipt"], isComplete: false) }
    var differences: [String] = []
    func compare(_ what: String, _ theirs: Int, _ ours: Int) {
      if theirs != ours { differences.append("\(what) \(theirs), sent \(ours)") }
    }
    compare("chunks", receipt.chunks, sentChunks)
    compare("bytes", receipt.bytes, sentBytes)
    // Both count whole frames, so they differ by rounding only.
    if (receipt.duration - seconds).magnitude > 1e-6 * max(1, seconds) {
      differences.append("duration \(receipt.duration.fixed(6)) s, sent \(seconds.fixed(6)) s")
    }
    if receipt.processed != transcribedChunks {
      differences.append("transcribed \(receipt.processed), received \(transcribedChunks)")
    }
    guard !differences.isEmpty else {
      return Verdict(
        lines: [
          "the server's receipt agrees: chunks \(receipt.chunks), bytes \(receipt.bytes), "
            + "duration \(receipt.duration.fixed(3)) s"
        ], isComplete: true)
    }
    return Verdict(
      lines: ["the server's receipt differs: " + differences.joined(separator: "; ")], isComplete: false)
  }
}

extension Receipt {
  /// One line for people.
  var line: String {
    let loudness = level.rms > 0 ? "\((20 * logarithm10(level.rms)).fixed(1)) dBFS" : "silence"
    return "receipt: client \(clientID), \(chunks) chunks, \(bytes) bytes, \(duration.fixed(3)) s, \(loudness), "
      + "peak \(level.peak.fixed(3)), clipped \(level.clipped), "
      + "processed \(processed), dropped \(dropped), replayed \(replayed)"
  }
}
