/// One thing that the gateway does for a stream. A slot is the index of a worker's place in the pool.
public enum StreamAction: Equatable, Sendable {
  /// Why a chunk is sent to a worker.
  public enum Delivery: Equatable, Sendable {
    /// For the first time; its audio is the client's message that has just arrived, as it is.
    case message
    /// For the first time.
    case first
    /// Once more, because an earlier worker was lost.
    case replay
    /// For the recognizer's context alone: it was answered.
    case context
  }

  case emit(StreamEvent)
  /// Choose a worker slot, then call `assigned`.
  case assign
  /// Announce the stream to the worker.
  case open(slot: Int)
  /// Send a chunk with its audio, from the history unless it is the message itself.
  case send(StreamChunk, Delivery, slot: Int)
  /// Have the worker decode everything up to chunk `seq`.
  case finish(seq: Int, slot: Int)
  /// The worker may forget the stream.
  case release(slot: Int)
  /// The worker answered out of order.
  case replaceWorker(slot: Int)
  case pauseReading
  case continueReading
  /// Everything that the client sent over its connection is answered, and it sends nothing more: close that.
  case closeConnection
  /// Call `workerQueueDrained` when the worker's queue has room again.
  case awaitWorkerQueue(slot: Int)
  /// Call `releaseMemory` when the budget allows.
  case awaitMemory
  /// Chunks were dropped unanswered, because their client is gone.
  case discarded(chunks: Int)
  /// Answered audio was replaced by silence, because workers crash with it.
  case silencedAudio
  /// Keep the stream without a connection, and call `expired` then.
  case detach(until: Duration)
  /// Send the logged messages that a returning client lacks.
  case repeatMessages(answered: Int, segment: Int)
  /// Forget the stream.
  case end
}
