internal import Audio
public import Recognition

/// Frames in order, waiting to be written.
///
/// An object, so that other modules need no access check for each chunk. Those here, too, would take 540 instructions,
/// beside 7,900 for all else.
public final class FrameWriter {
  @exclusivity(unchecked) private var queue: BlockQueue

  /// - Parameter shared: memory that the other side has, too, for as long as this is.
  public init(shared: UnsafeMutableRawBufferPointer? = nil) { queue = BlockQueue(shared: shared) }

  /// Is given each answer to a stream: for a worker that keeps copies of sessions.
  // Looked at for each frame, and set before the first.
  @exclusivity(unchecked) public var onReply: ((StreamID, UnsafeRawBufferPointer) -> Void)?

  /// What is to be written next, as far as it is contiguous: whole frames, unless some were written in part.
  public var bytes: UnsafeRawBufferPointer { queue.bytes }
  /// Bytes that have not been written, those after `bytes` too.
  public var count: Int { queue.count }

  /// The first `count` of `bytes` have been written.
  public func consume(_ count: Int) { queue.consume(count) }

  /// Where `bytes` lie in the shared memory, if they do, and can be left there.
  public var lendable: Range<Int>? { queue.lendable }
  /// Leaves `bytes` to the other side.
  public func lend() { queue.lend() }
  /// Takes the block back that was lent first; false if none was lent.
  public func takeBack() -> Bool { queue.takeBack() }

  /// A frame that says where others lie, to be sent instead of them.
  public static func lent(_ range: Range<Int>) -> (UInt64, UInt64) {
    var bytes: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &bytes) { room in
      guard let start = room.baseAddress else { return }
      var frame = OpenFrame(start: start)
      _ = frame.reserve(FrameKind.prefixBytes)
      frame.put(UInt32(range.lowerBound))
      frame.put(UInt32(range.count))
      _ = frame.close(.lent, (0, 0, 0))
    }
    return bytes
  }

  /// A frame with a payload of at most `payloadBytes`.
  func frame(
    _ kind: FrameKind, payloadBytes: Int = 0, small: (UInt8, UInt8, UInt8) = (0, 0, 0),
    _ write: (inout OpenFrame) -> Void
  ) {
    let bodyBytes = kind.fieldBytes + payloadBytes
    precondition(bodyBytes <= FrameReader.bodyBytes, "A frame is larger than the other side takes.")
    let start = queue.room(Frame.padded(FrameKind.prefixBytes + bodyBytes))
    var frame = OpenFrame(start: start)
    _ = frame.reserve(FrameKind.prefixBytes)
    write(&frame)
    let bytes = frame.close(kind, small)
    if let onReply, kind.answersStream {
      let stream = UnsafeRawPointer(start + FrameKind.prefixBytes)
      onReply(
        StreamID(gateway: stream.number(at: 0), number: stream.number(at: 8)),
        UnsafeRawBufferPointer(start: start, count: bytes))
    }
    queue.commit(bytes)
  }
}

// To the worker.
extension FrameWriter {
  public func welcome(version: Int) { frame(.welcome) { $0.put(UInt32(version)) } }

  /// A stream begins; before its first chunk on this worker.
  public func open(stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint) {
    let (wishesBytes, modelBytes) = (request.utterances.payloadBytes, request.modelBytes)
    let languages = checkpoint.languages
    let wishes = (wishesBytes > 0 ? 4 : 0) | (modelBytes > 0 ? 8 : 0) | (languages.payloadBytes > 0 ? 16 : 0) as UInt8
    let flags = (checkpoint.isOpen ? 1 : 0) | (request.wantsWords ? 2 : 0) | wishes
    let engineBytes = min(request.engine.utf8.count, Self.engineBytes)
    frame(
      .open, payloadBytes: wishesBytes + modelBytes + languages.payloadBytes + engineBytes,
      small: (request.format.encoding.code, UInt8(clamping: request.format.channels), flags)
    ) { frame in
      frame.put(stream)
      frame.put(checkpoint.frame)
      frame.put(UInt32(clamping: checkpoint.segments))
      frame.put(UInt32(clamping: request.format.sampleRate))
      request.utterances.write(to: &frame)
      request.writeModel(to: &frame)
      languages.write(to: &frame)
      _ = frame.put(request.engine, atMost: Self.engineBytes)
    }
  }

  /// A chunk with its samples, copied into as many frames as needed.
  public func chunk(_ header: ChunkHeader, _ samples: UnsafeRawBufferPointer) {
    var offset = 0
    repeat {
      let end = min(offset + ChunkPiece.largestBytes, samples.count)
      piece(
        header, offset: offset, isLast: end == samples.count,
        samples: UnsafeRawBufferPointer(rebasing: samples[offset..<end]))
      offset = end
    } while offset < samples.count
  }

  /// One frame of a chunk.
  func piece(
    _ header: ChunkHeader, offset: Int, isLast: Bool, samples: UnsafeRawBufferPointer
  ) {
    let kind = (header.isAnswered ? 1 : 0) | (header.yields ? 4 : 0) | (header.isMessage ? 8 : 0) as UInt8
    let flags = kind | (isLast ? 2 : 0)
    frame(.chunk, payloadBytes: samples.count, small: (flags, 0, 0)) { frame in
      frame.put(header.stream)
      frame.put(UInt64(header.seq))
      frame.put(UInt64(header.startFrame))
      frame.put(UInt32(clamping: header.chunkBytes))
      frame.put(UInt32(offset))
      frame.put(samples)
    }
  }

  public func finish(_ stream: StreamID, seq: Int) {
    frame(.finish) { frame in
      frame.put(stream)
      frame.put(UInt64(seq))
    }
  }

  public func close(_ stream: StreamID) { frame(.close) { $0.put(stream) } }
  public func shutdown() { frame(.shutdown) { _ in } }

  /// Bytes of an engine's name.
  static let engineBytes = 64
}

// To the gateway. The updates of one frame have at most `updatesBytes`.
extension FrameWriter {
  public func hello(_ hello: WorkerHello) {
    let payloadBytes =
      hello.engines.reduce(0) { $0 + $1.payloadBytes } + hello.sandbox.reduce(4) { $0 + $1.payloadBytes }
      + hello.engines.reduce(0) { $0 + $1.modelBytes }
    frame(.hello, payloadBytes: payloadBytes, small: (hello.hasMemory ? 1 : 0, 0, 0)) { frame in
      frame.put(UInt32(hello.versions.lowerBound))
      frame.put(UInt32(hello.versions.upperBound))
      frame.put(UInt32(bitPattern: hello.pid))
      frame.put(UInt32(hello.engines.count))
      for engine in hello.engines { engine.write(to: &frame) }
      frame.put(UInt32(hello.sandbox.count))
      for layer in hello.sandbox { layer.write(to: &frame) }
      for engine in hello.engines { engine.writeFirstModel(to: &frame) }
      for engine in hello.engines { engine.writeModels(to: &frame) }
    }
  }

  public func result(_ result: ChunkResult, _ updates: [TranscriptUpdate]) {
    frame(.result, payloadBytes: bytes(updates), small: result.progress.small) { frame in
      frame.put(result.stream)
      frame.put(UInt64(result.seq))
      frame.put(result.levels)
      frame.put(result.progress)
      for update in updates { update.write(to: &frame) }
    }
  }

  public func result(_ result: TextResult) {
    frame(.result, payloadBytes: result.text.payloadBytes) { frame in
      frame.put(result.stream)
      frame.put(UInt64(result.seq))
      frame.put(result.levels)
      // No progress.
      frame.put(UInt64(0))
      frame.put(UInt64(0))
      result.text.write(to: &frame)
    }
  }

  public func updates(
    _ stream: StreamID, _ progress: RecognitionProgress, _ updates: [TranscriptUpdate]
  ) {
    frame(.updates, payloadBytes: bytes(updates), small: progress.small) { frame in
      frame.put(stream)
      frame.put(progress)
      for update in updates { update.write(to: &frame) }
    }
  }

  public func finished(
    _ stream: StreamID, seq: Int, _ progress: RecognitionProgress, _ updates: [TranscriptUpdate]
  ) {
    frame(.finished, payloadBytes: bytes(updates), small: progress.small) { frame in
      frame.put(stream)
      frame.put(UInt64(seq))
      frame.put(progress)
      for update in updates { update.write(to: &frame) }
    }
  }

  public func failed(_ stream: StreamID, seq: Int, _ kind: RequestKind, reason: String) {
    frame(
      .failed, payloadBytes: min(reason.utf8.count, EngineStatus.reasonBytes), small: (kind.rawValue, 0, 0)
    ) { frame in
      frame.put(stream)
      frame.put(UInt64(seq))
      _ = frame.put(reason, atMost: EngineStatus.reasonBytes)
    }
  }

  /// The memory lent first was read.
  public func returned() { frame(.returned) { _ in } }

  public func behind(_ stream: StreamID, _ isBehind: Bool) {
    frame(.behind, small: (isBehind ? 1 : 0, 0, 0)) { $0.put(stream) }
  }

  public func decoded(_ stream: StreamID, _ time: DecodingTime) {
    frame(.decoded, small: (time.isFinal ? 1 : 0, 0, 0)) { frame in
      frame.put(stream)
      frame.put(time.seconds.bitPattern)
    }
  }

  private func bytes(_ updates: [TranscriptUpdate]) -> Int {
    var count = 0
    for update in updates { count += update.payloadBytes }
    return count
  }

  /// The most bytes of updates in one frame, by `payloadBytes`: two of the largest.
  public static let updatesBytes = 224 << 10
}
