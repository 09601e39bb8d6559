public import Audio
internal import Glibc
internal import Recognition

/// Frames one after another, waiting to be written.
public struct FrameWriter: ~Copyable {
  private var queue = BlockQueue()

  public init() {}

  /// What is to be written next: whole frames, in one piece, but for those that have been written in part.
  public var bytes: UnsafeRawBufferPointer { queue.bytes }
  /// Bytes that have not been written yet, those behind `bytes` too.
  public var count: Int { queue.count }

  /// The first `count` of `bytes` have been written.
  public mutating func consume(_ count: Int) { queue.consume(count) }

  /// A chunk whose payload is `odd`, the bytes kept back from the chunk before, and then `sound`.
  public mutating func chunk(_ header: ChunkHeader, odd: UnsafeRawBufferPointer, sound: UnsafeRawBufferPointer) {
    var frame = begin(
      .chunk, payloadBytes: odd.count + sound.count, small: (header.encodingCode, header.channels, header.engineCode))
    frame.put(header)
    frame.put(odd)
    frame.put(sound)
    commit(frame)
  }

  /// What is known of a chunk that was answered.
  public mutating func recall(_ header: ChunkHeader, frames: Int, levels: Levels) {
    var frame = begin(.recall, small: (header.encodingCode, header.channels, header.engineCode))
    frame.put(header)
    frame.put(UInt64(frames))
    frame.put(levels)
    commit(frame)
  }

  public mutating func finish(stream: UInt64, seq: UInt64) {
    var frame = begin(.finish)
    frame.put(stream)
    frame.put(seq)
    commit(frame)
  }

  public mutating func end(stream: UInt64) { number(.end, stream) }
  public mutating func shutdown() { commit(begin(.shutdown)) }
  public mutating func ping(_ mark: UInt64) { number(.ping, mark) }
  public mutating func pong(_ mark: UInt64) { number(.pong, mark) }
  public mutating func hold(stream: UInt64) { number(.hold, stream) }
  public mutating func release(stream: UInt64) { number(.release, stream) }

  /// `engines` is a JSON array.
  public mutating func ready(pid: Int32, engines: String) {
    var engines = engines
    engines.withUTF8 { text in
      var frame = begin(.ready, payloadBytes: text.count)
      frame.put(UInt32(WorkerReply.version))
      frame.put(UInt32(bitPattern: pid))
      frame.put(UnsafeRawBufferPointer(text))
      commit(frame)
    }
  }

  /// A result; `text` is the reply's complete JSON.
  public mutating func result(_ header: ResultHeader, text: UnsafeRawBufferPointer) {
    var frame = begin(
      .result, payloadBytes: text.count,
      small: (header.asked.rawValue, header.checkpoint.flags, 0))
    frame.put(header.stream)
    frame.put(header.seq)
    frame.put(header.levels)
    frame.put(UInt32(header.segmentsBytes))
    frame.put(UInt32(clamping: header.shed))
    frame.put(header.checkpoint?.frame ?? 0)
    frame.put(UInt32(clamping: header.checkpoint?.segments ?? 0))
    frame.put(UInt32(0))
    frame.put(text)
    commit(frame)
  }

  public mutating func failed(stream: UInt64, seq: UInt64, asked: Asked, message: String) {
    var message = message
    message.withUTF8 { text in
      var frame = begin(.failed, payloadBytes: text.count, small: (asked.rawValue, 0, 0))
      frame.put(stream)
      frame.put(seq)
      frame.put(UnsafeRawBufferPointer(text))
      commit(frame)
    }
  }

  private mutating func number(_ kind: FrameKind, _ number: UInt64) {
    var frame = begin(kind)
    frame.put(number)
    commit(frame)
  }

  private mutating func begin(
    _ kind: FrameKind, payloadBytes: Int = 0, small: (UInt8, UInt8, UInt8) = (0, 0, 0)
  ) -> OpenFrame {
    let bodyBytes = kind.fieldBytes + payloadBytes
    precondition(bodyBytes <= FrameReader.bodyBytes, "a frame larger than the other side takes")
    var frame = OpenFrame(start: queue.room(Frame.padded(FrameKind.prefixBytes + bodyBytes)))
    let low = UInt64(bodyBytes) | UInt64(kind.rawValue) << 32
    frame.put(low | UInt64(small.0) << 40 | UInt64(small.1) << 48 | UInt64(small.2) << 56)
    return frame
  }

  private mutating func commit(_ frame: OpenFrame) {
    var frame = frame
    queue.commit(frame.close())
  }
}

/// A frame being written, in memory that has been reserved for all of it.
private struct OpenFrame {
  let start: UnsafeMutableRawPointer
  var cursor: UnsafeMutableRawPointer

  init(start: UnsafeMutableRawPointer) {
    self.start = start
    cursor = start
  }

  mutating func put(_ number: some FixedWidthInteger & BitwiseCopyable) {
    cursor.storeBytes(of: number.littleEndian, as: type(of: number))
    cursor += MemoryLayout.size(ofValue: number)
  }

  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    memcpy(cursor, source, bytes.count)
    cursor += bytes.count
  }

  mutating func put(_ header: ChunkHeader) {
    put(header.stream)
    put(header.seq)
    put(header.startFrame)
    put(header.sampleRate)
    put(UInt32(header.chunkBytes))
    put(header.checkpoint.frame)
    put(UInt32(clamping: header.checkpoint.segments))
    put((header.isAnswered ? 1 : 0) | (header.checkpoint.isOpen ? 2 : 0) as UInt32)
  }

  mutating func put(_ levels: Levels) {
    put(UInt64(levels.samples))
    put(levels.sumOfSquares.bitPattern)
    put(levels.peak.bitPattern)
    put(UInt64(levels.clipped))
  }

  /// Fills up with zeros; returns what the frame takes on the link.
  mutating func close() -> Int {
    let used = cursor - start
    let padded = Frame.padded(used)
    memset(cursor, 0, padded - used)
    return padded
  }
}
