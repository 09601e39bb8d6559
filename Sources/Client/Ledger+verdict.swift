import Wire

/// What became of a session, in words, and whether that is everything that should have become of it.
struct Verdict: Equatable {
  var lines: [String]
  /// Every chunk transcribed, and the server says the same.
  var isComplete: Bool
}

extension Ledger {
  /// Compares what was sent with what came back, and both with the server's receipt; `seconds` is the audio sent.
  func verdict(receipt: Receipt?, seconds: Double) -> Verdict {
    var lines: [String] = []
    let missing = missing
    if sentChunks == 0 {
      lines.append("nothing was sent")
    } else if missing.isEmpty && failed.isEmpty {
      lines.append(sentChunks == 1 ? "the one chunk answered" : "all \(sentChunks) chunks answered")
    } else {
      lines.append("\(transcribedChunks) of \(sentChunks) chunks answered")
    }
    if !missing.isEmpty { lines.append("\(missing.count) without an answer: seq \(missing)") }
    if !failed.isEmpty { lines.append("\(failed.count) refused: seq \(failed) (\(firstError ?? "no reason"))") }
    if acceptedChunks < sentChunks { lines.append("\(sentChunks - acceptedChunks) never acknowledged") }
    if let firstContradiction {
      let more = contradictions > 1 ? " (and \(contradictions - 1) more like it)" : ""
      lines.append("the server contradicts itself: \(firstContradiction)\(more)")
    }
    let isAnswered = lines.count == 1
    let comparison = compare(receipt, seconds: seconds)
    return Verdict(
      lines: lines + comparison.lines, isComplete: isAnswered && comparison.isComplete)
  }

  private func compare(_ receipt: Receipt?, seconds: Double) -> Verdict {
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
