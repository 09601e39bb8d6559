/// Finds where to cut an utterance that has no pause.
enum QuietestPoint {
  /// The middle of the quietest 0.1 s, as an index of `samples`; the first of equals.
  static func find(in samples: UnsafeBufferPointer<Float>, rate: Int) -> Int {
    let hop = rate / 100
    let energies = stride(from: 0, to: samples.count - hop + 1, by: hop).map { start in
      samples[start..<start + hop].reduce(Float(0)) { $0 + $1 * $1 }
    }
    guard energies.count > span else { return samples.count / 2 }
    var energy = energies[..<span].reduce(0, +)
    var least = energy
    var best = 0
    for first in 1...energies.count - span {
      energy = energies[first..<first + span].reduce(0, +)
      if energy < least {
        least = energy
        best = first
      }
    }
    return best * hop + span * hop / 2
  }

  /// Hops of 10 ms.
  private static let span = 10
}
