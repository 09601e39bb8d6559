public import Recognition

/// A message of a gateway to its worker.
public enum WorkerRequest {
  /// The gateway's answer to `hello`: both speak this version from now on. Always the first.
  case welcome(version: Int)
  /// A stream begins on this worker. Its chunks follow; the first sample its recognizer needs is that at `from`.
  case open(StreamID, StreamRequest, from: Checkpoint)
  /// Samples to measure and recognize. Large chunks come in several pieces.
  case chunk(ChunkHeader, ChunkPiece)
  /// Decode everything up to chunk `seq`, the last one, then answer with `finished`.
  case finish(StreamID, seq: Int)
  /// The stream is over on this worker.
  case close(StreamID)
  /// Answer everything before this, then exit.
  case shutdown
}
