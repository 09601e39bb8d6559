internal import Audio
internal import Synchronization

/// Carries audio and events, in order, from the capture thread to the reader. It has two rings; each event has its
/// position in the audio. Audio that does not fit is dropped, counted, and reported as an event at its position.
///
/// One thread calls the writing methods, one the reading methods.
final class CaptureQueue: @unchecked Sendable {
  /// An event, and the bytes of audio before it.
  private struct Placed: Sendable {
    var event: CaptureEvent
    var position: Int
  }

  /// Limit of queued events. A reader this far behind has lost audio long before.
  private static let eventCapacity = 256
  /// Room reserved for the last two events: dropped audio, and the reason for the end.
  private static let lastEvents = 2

  private let frameBytes: Int
  private let audio: RingBuffer<UInt8>
  private let events = RingBuffer<Placed>(capacity: CaptureQueue.eventCapacity)
  private let finished = Atomic<Bool>(false)
  /// True while the reader has found nothing and waits to be woken.
  private let awaited = Atomic<Bool>(true)
  /// True while there is no device: closing or opening one may block the capture thread for long.
  private let away = Atomic<Bool>(false)
  private let stopped = Atomic<Bool>(false)
  private let wake: @Sendable () -> Void
  /// The writer's own: frames dropped and not yet reported.
  private var dropped = 0

  init(format: AudioFormat, frames: Int, wake: @escaping @Sendable () -> Void) {
    frameBytes = format.frameBytes
    audio = RingBuffer(capacity: frames * format.frameBytes)
    self.wake = wake
  }

  // MARK: For the capture thread

  /// Appends whole frames, as many as fit.
  func write(_ bytes: UnsafeRawBufferPointer) {
    // Reported only once there is room again. Otherwise each period of a full ring would be an event.
    let room = audio.free >= frameBytes && tellDropped() ? audio.free / frameBytes * frameBytes : 0
    let fitting = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
    let written = fitting.withMemoryRebound(to: UInt8.self) { audio.write($0) }
    dropped += (bytes.count - written) / frameBytes
    notify()
  }

  /// Appends `event` after everything written so far.
  func tell(_ event: CaptureEvent) {
    if tellDropped(), events.free > Self.lastEvents {
      _ = events.write(Placed(event: event, position: audio.writtenCount))
    } else {
      // 250 events are unread: this one can only be counted.
      dropped += event.missingFrames
    }
    notify()
  }

  /// Ends the stream, with `error` as the reason if there is one.
  func finish(_ error: CaptureError? = nil) {
    _ = tellDropped(keeping: 0)
    if let error { _ = events.write(Placed(event: .failed(error), position: audio.writtenCount)) }
    finished.store(true, ordering: .releasing)
    notify()
  }

  /// The device is about to be closed, which may take long; nothing is written until `comeBack`. False: the stream has
  /// ended.
  func leave() -> Bool {
    away.store(true, ordering: .releasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return !isStopped
  }

  /// A device is open again. After a stop it is too late: only the end follows.
  func comeBack() {
    if !isStopped { away.store(false, ordering: .releasing) }
  }

  private var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// Reports dropped audio, if any. False: it cannot be reported yet, so nothing may be appended after it.
  private func tellDropped(keeping kept: Int = lastEvents) -> Bool {
    guard dropped > 0 else { return true }
    guard events.free > kept else { return false }
    _ = events.write(Placed(event: .dropped(frames: dropped), position: audio.writtenCount))
    dropped = 0
    return true
  }

  private func notify() {
    // The reader marks itself as waiting and then looks once more; the writer writes and then checks the mark. Without
    // the fence, both could miss each other.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if awaited.exchange(false, ordering: .relaxed) { wake() }
  }

  // MARK: For the reader

  /// Tells the capture thread to end. Nothing waits for it if it is blocked. Any thread.
  func stop() {
    stopped.store(true, ordering: .releasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if away.load(ordering: .acquiring) { notify() }
  }

  /// Returns the next item, or asks to be woken if there is none.
  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    let item = poll(into: buffer)
    guard item == .nothingYet else { return item }
    awaited.store(true, ordering: .relaxed)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return poll(into: buffer)
  }

  private func poll(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    // The order matters: an event is published before the audio after it, and everything before the end.
    let ended = finished.load(ordering: .acquiring) || isStopped && away.load(ordering: .acquiring)
    let available = audio.available
    var limit = min(available, buffer.count / frameBytes * frameBytes)
    if let placed = events.peek() {
      guard placed.position > audio.takenCount else {
        _ = events.take()
        return .event(placed.event)
      }
      limit = min(limit, placed.position - audio.takenCount)
    }
    guard limit > 0 else { return ended ? .end : .nothingYet }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<limit])
    return .audio(bytes: target.withMemoryRebound(to: UInt8.self) { audio.take(into: $0) })
  }
}

extension CaptureEvent {
  /// Frames missing from the stream according to this event.
  public var missingFrames: Int {
    switch self {
    case .overrun(let lost), .suspended(let lost), .gap(let lost), .back(_, let lost), .dropped(let lost): lost
    case .truncated(let promised?, let found): promised - found
    case .started, .absent, .slow, .clock, .channels, .lost, .failed, .truncated, .exceeded: 0
    }
  }
}
