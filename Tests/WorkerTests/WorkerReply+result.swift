import Recognition
import WorkerLink

extension WorkerReply {
  /// The result of a chunk with its updates, in either form.
  var result: (chunk: ChunkResult, updates: [TranscriptUpdate])? {
    switch self {
    case .result(let result, let updates): (result, updates)
    case .text(let result):
      (
        ChunkResult(stream: result.stream, seq: result.seq, levels: result.levels, progress: RecognitionProgress()),
        [result.text.update]
      )
    case .hello, .updates, .finished, .failed, .behind, .decoded, .image, .untaken, .fenced: nil
    }
  }
}
