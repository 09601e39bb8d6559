internal import Audio
internal import Synchronization

/// Audio and events in one order from the capture thread to the reader: two rings, each event with the place in the audio
/// where it belongs. What doesn't fit is dropped, counted, and told as an event at its place.
///
/// One thread calls the writing half, one the reading half.
final class CaptureQueue: @unchecked Sendable {
  /// An event, and how many bytes of audio come before it.
  private struct Placed: Sendable {
    var event: CaptureEvent
    var position: Int
  }

  /// Events that may wait. A reader so far behind has long lost audio too.
  private static let eventCapacity = 256
  /// Room kept for the last two events: what was dropped, and why it is over.
  private static let lastEvents = 2

  private let frameBytes: Int
  private let audio: RingBuffer<UInt8>
  private let events = RingBuffer<Placed>(capacity: CaptureQueue.eventCapacity)
  private let finished = Atomic<Bool>(false)
  /// True while the reader has found nothing and waits to be told.
  private let awaited = Atomic<Bool>(true)
  /// True while there is no device, and the capture thread may be held up for long by closing or opening one.
  private let away = Atomic<Bool>(false)
  private let stopped = Atomic<Bool>(false)
  private let wake: @Sendable () -> Void
  /// The writer's own: frames thrown away and not yet told.
  private var dropped = 0

  init(format: AudioFormat, frames: Int, wake: @escaping @Sendable () -> Void) {
    frameBytes = format.frameBytes
    audio = RingBuffer(capacity: frames * format.frameBytes)
    self.wake = wake
  }

  // MARK: For the capture thread

  /// Appends whole frames, or as many of them as there is room for.
  func write(_ bytes: UnsafeRawBufferPointer) {
    // Told only once there is room again, or each period of a full ring would be an event.
    let room = audio.free >= frameBytes && tellDropped() ? audio.free / frameBytes * frameBytes : 0
    let fitting = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
    let written = fitting.withMemoryRebound(to: UInt8.self) { audio.write($0) }
    dropped += (bytes.count - written) / frameBytes
    notify()
  }

  /// Puts `event` after everything written so far.
  func tell(_ event: CaptureEvent) {
    if tellDropped(), events.free > Self.lastEvents {
      _ = events.write(Placed(event: event, position: audio.writtenCount))
    } else {
      // Nobody has read 250 events: this one can only be counted.
      dropped += event.missingFrames
    }
    notify()
  }

  /// Nothing follows, because of `error` if there is one.
  func finish(_ error: CaptureError? = nil) {
    _ = tellDropped(keeping: 0)
    if let error { _ = events.write(Placed(event: .failed(error), position: audio.writtenCount)) }
    finished.store(true, ordering: .releasing)
    notify()
  }

  /// The device is to be closed, which may take long; nothing is written until `comeBack`. False: it is over anyway.
  func leave() -> Bool {
    away.store(true, ordering: .releasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return !isStopped
  }

  /// A device is open again. After a stop it came too late: what follows is the end.
  func comeBack() {
    if !isStopped { away.store(false, ordering: .releasing) }
  }

  private var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// Tells what was dropped, if anything; false when it still can't be told, and so nothing may be put after it.
  private func tellDropped(keeping kept: Int = lastEvents) -> Bool {
    guard dropped > 0 else { return true }
    guard events.free > kept else { return false }
    _ = events.write(Placed(event: .dropped(frames: dropped), position: audio.writtenCount))
    dropped = 0
    return true
  }

  private func notify() {
    // The reader says that it waits and then looks once more; the writer writes and then looks whether it waits. Without the
    // fence both could miss each other.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if awaited.exchange(false, ordering: .relaxed) { wake() }
  }

  // MARK: For the reader

  /// The capture thread is to end. Where it is held up nobody waits for it. Any thread.
  func stop() {
    stopped.store(true, ordering: .releasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if away.load(ordering: .acquiring) { notify() }
  }

  /// Takes what comes next, and when there is nothing asks to be woken.
  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    let item = poll(into: buffer)
    guard item == .nothingYet else { return item }
    awaited.store(true, ordering: .relaxed)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return poll(into: buffer)
  }

  private func poll(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    // In this order: an event is published before the audio after it, and everything before the end.
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
  /// Frames that this event says are missing from the stream.
  public var missingFrames: Int {
    switch self {
    case .overrun(let lost), .suspended(let lost), .gap(let lost), .back(_, let lost), .dropped(let lost): lost
    case .truncated(let promised, let found): promised - found
    case .started, .lost, .failed: 0
    }
  }
}
