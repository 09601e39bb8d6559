import Recognition
import Streams
import WorkerLink

extension WorkerReply {
  /// The stream it is about; nil for `hello`.
  var stream: StreamID? {
    switch self {
    case .hello, .image, .untaken, .fenced: nil
    case .result(let result, _): result.stream
    case .text(let result): result.stream
    case .updates(let stream, _, _), .finished(let stream, _, _, _), .failed(let stream, _, _, _),
      .behind(let stream, _), .decoded(let stream, _):
      stream
    }
  }

  /// The chunk that it answers.
  var answeredChunk: Int? {
    switch self {
    case .result(let result, _): result.seq
    case .text(let result): result.seq
    case .failed(_, let seq, .chunk, _): seq
    case .hello, .updates, .finished, .failed, .behind, .decoded, .image, .untaken, .fenced: nil
    }
  }

  /// Hands it to its stream.
  // Inlined: a call would copy the reply.
  @inline(__always)
  func deliver(to session: inout StreamSession) -> StreamActions {
    switch self {
    case .hello, .decoded, .image, .untaken, .fenced: []
    case .result(let result, let updates):
      session.answered(seq: result.seq, levels: result.levels, result.progress, updates)
    case .text(let result): session.answered(seq: result.seq, levels: result.levels, result.text)
    case .updates(_, let progress, let updates): session.updated(progress, updates)
    case .finished(_, let seq, let progress, let updates): session.finished(seq: seq, progress, updates)
    case .failed(_, let seq, .chunk, let reason): session.chunkFailed(seq: seq, .worker(reason))
    case .failed(_, let seq, .finish, _): session.finishFailed(seq: seq)
    case .behind(_, let isBehind): session.decoderIsBehind(isBehind)
    }
  }
}
