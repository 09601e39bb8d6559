public import Audio

/// What a server says to its worker. A payload is borrowed from the reader's memory: valid until the reader is given more.
public enum WorkerRequest {
  /// Sound to measure and recognise; the payload is whole frames, none perhaps.
  case chunk(ChunkHeader, UnsafeRawBufferPointer)
  /// A chunk that was answered by a worker that has died, of a stream whose engine needs none of its sound: so many frames, and their
  /// levels.
  case recall(ChunkHeader, frames: Int, levels: Levels)
  /// No more sound for now: answer `seq`, the last one, again with what the engine had still to say.
  case finish(stream: UInt64, seq: UInt64)
  /// The stream is over: forget it.
  case end(stream: UInt64)
  /// Answer everything that came before, then exit.
  case shutdown
  /// Answer with `pong` and the same number.
  case ping(UInt64)
}
