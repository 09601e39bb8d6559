internal import Streams

// What became of audio, for people.

extension ChunkFailure {
  func sentence(seq: Int) -> String {
    switch self {
    case .poison: "Chunk \(seq) crashed two workers and was not measured"
    case .serverEnded: "The server shut down before chunk \(seq) was measured"
    case .worker(let reason): reason
    }
  }
}

extension StreamNotice {
  var sentence: String {
    func text(_ seconds: Range<Double>) -> String {
      func tenths(_ seconds: Double) -> Double { Double(Int((seconds * 10).rounded())) / 10 }
      return "\(tenths(seconds.lowerBound)) to \(tenths(seconds.upperBound)) s"
    }
    return switch self {
    case .replayDropped(_, let seconds):
      "the sound of \(text(seconds)) is no longer kept: words of it are lost if recognition has to start again"
    case .wordsMissing(let seconds): "recognition had to start again without the sound of \(text(seconds))"
    }
  }
}
