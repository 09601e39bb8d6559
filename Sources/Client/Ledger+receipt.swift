import Contract

extension Ledger {
  /// Compares what was sent in this session with the server's receipt; `seconds` is the sound sent in it.
  func comparison(with receipt: Receipt?, seconds: Double) -> Verdict {
    guard let receipt else { return Verdict(lines: ["the server sent no receipt"], isComplete: false) }
    var differences: [String] = []
    func compare(_ what: String, _ theirs: Int, _ ours: Int) {
      if theirs != ours { differences.append("\(what) \(theirs), sent \(ours)") }
    }
    compare("chunks", receipt.chunks, sentChunks)
    compare("bytes", receipt.bytes, sentBytes)
    // Both count whole frames; the texts differ by rounding only.
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
  /// For people, in one line.
  var line: String {
    let level = rms > 0 ? "\((20 * logarithm10(rms)).fixed(1)) dBFS" : "silence"
    return "receipt: client \(clientID), \(chunks) chunks, \(bytes) bytes, \(duration.fixed(3)) s, \(level), "
      + "peak \(peak.fixed(3)), clipped \(clipped), processed \(processed), dropped \(dropped), replayed \(replayed)"
  }
}
