public import Audio
internal import Glibc
internal import Platform
internal import Synchronization

/// Reads a pipe on a separate thread, because its sound may take its time: `next(into:)` returns what has come.
///
/// One thread reads. After a `.nothingYet`, `wake` is called on the pipe's thread when there is something new. Nothing
/// is dropped: while too much is unread, the pipe waits.
public final class PipeThread: AudioSource, Sendable {
  /// Audio that is read ahead; a pipe holds as much again.
  private static let aheadBytes = 1 << 20

  private enum Item: Sendable {
    case audio([UInt8])
    case event(CaptureEvent)
    case end
  }

  private struct State: Sendable {
    var items = Deque<Item>()
    /// Of the audio in them.
    var bytes = 0
    /// The reader has found nothing and waits to be woken.
    var isAwaited = true
    /// The thread waits for room.
    var isFull = false
    /// Nobody reads any longer.
    var isClosed = false
  }

  /// Between the two threads; the pipe's thread keeps it for as long as it runs.
  private final class Queue: Sendable {
    let state = Mutex(State())
    let room: Wakeup
    let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) throws(CaptureError) {
      self.wake = wake
      do throws(SystemError) { room = try Wakeup() } catch { throw .system(CallFailure(error)) }
    }

    /// False: nobody reads any longer.
    func append(_ item: Item) -> Bool {
      while true {
        room.reset()
        let (isTaken, isAwaited, isClosed) = state.withLock { state in
          if state.isClosed { return (false, false, true) }
          state.isFull = state.bytes >= PipeThread.aheadBytes
          guard !state.isFull else { return (false, false, false) }
          if case .audio(let bytes) = item { state.bytes += bytes.count }
          state.items.append(item)
          defer { state.isAwaited = false }
          return (true, state.isAwaited, false)
        }
        if isAwaited { wake() }
        if isTaken || isClosed { return isTaken }
        var watched = pollfd(fd: room.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, -1)
      }
    }
  }

  public let format: AudioFormat
  private let stopping: StopSignal?
  private let queue: Queue

  /// Goes on reading `file`, which the thread owns from here on.
  public init(_ file: AudioFile, wake: @escaping @Sendable () -> Void) throws(CaptureError) {
    format = file.format
    stopping = file.stopping
    let queue = try Queue(wake: wake)
    self.queue = queue
    nonisolated(unsafe) let owned = file
    do throws(SystemError) {
      // A pipe that nobody writes into must hold nobody up.
      try SystemThread { Self.read(owned, into: queue) }.detach()
    } catch {
      throw .system(CallFailure(error))
    }
  }

  deinit {
    stop()
    queue.state.withLock { $0.isClosed = true }
    queue.room.signal()
  }

  private static func read(_ file: AudioFile, into queue: Queue) {
    var buffer = [UInt8](repeating: 0, count: max(1, file.format.sampleRate / 50) * file.format.frameBytes)
    while true {
      switch buffer.withUnsafeMutableBytes({ file.next(into: $0) }) {
      case .audio(let count): guard queue.append(.audio(Array(buffer[..<count]))) else { return }
      case .event(let event): guard queue.append(.event(event)) else { return }
      case .nothingYet: preconditionFailure("A file waits for its bytes.")
      case .end:
        _ = queue.append(.end)
        return
      }
    }
  }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    let room = buffer.count / format.frameBytes * format.frameBytes
    let (item, wasFull): (SourceItem, Bool) = queue.state.withLock { state in
      switch state.items.first {
      case nil:
        state.isAwaited = true
        return (.nothingYet, false)
      case .end: return (.end, false)
      case .event(let event):
        _ = state.items.popFirst()
        return (.event(event), false)
      case .audio(let bytes):
        let count = min(bytes.count, room)
        buffer.copyBytes(from: bytes[..<count])
        if count < bytes.count {
          state.items.first = .audio(Array(bytes[count...]))
        } else {
          _ = state.items.popFirst()
        }
        state.bytes -= count
        defer { if state.bytes < Self.aheadBytes / 2 { state.isFull = false } }
        return (.audio(bytes: count), state.isFull && state.bytes < Self.aheadBytes / 2)
      }
    }
    if wasFull { queue.room.signal() }
    return item
  }

  /// Ends the pipe: what was written into it by now, or is within a second, can still be read. Any thread.
  public func stop() { stopping?.set() }
}
