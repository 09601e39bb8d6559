public import Recognition

/// A message of a gateway to its worker.
///
/// Every request is as large as the largest, so those that do not come with each chunk are indirect: copying them was a
/// sixth of the worker's time.
public enum WorkerRequest {
  /// The gateway's answer to `hello`: both speak this version from now on. Always the first.
  case welcome(version: Int)
  /// A stream begins on this worker. Its chunks follow; the first sample its recognizer needs is that at `from`.
  indirect case open(StreamID, StreamRequest, from: Checkpoint)
  /// Samples to measure and recognize. Large chunks come in several pieces.
  case chunk(ChunkHeader, ChunkPiece)
  /// Decode everything up to chunk `seq`, the last one, then answer with `finished`.
  case finish(StreamID, seq: Int)
  /// The stream is over on this worker.
  case close(StreamID)
  /// Keep this of a session, for another gateway.
  indirect case state(SessionState, StatePiece)
  /// Give this gateway the image of a session, and take nothing more of it from another.
  case take(SessionKey, epoch: UInt64)
  /// The session of this epoch is over, or is kept elsewhere.
  case forget(SessionKey, epoch: UInt64)
  /// Answer everything before this, then exit.
  case shutdown
}
