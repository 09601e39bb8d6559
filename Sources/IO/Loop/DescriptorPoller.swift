internal import CLinux
internal import Glibc

/// Told when a descriptor is ready, without a closure for each: there is one for every connection.
public class DescriptorObserver {
  init() {}
  func ready(readable: Bool, writable: Bool) {}
}

/// Readiness of the connections of one loop: an epoll set that libev watches as one descriptor.
///
/// libev's own set reports a descriptor as long as it is ready, and so looks at each once more after it was read. Here
/// readiness is reported once, when it changes (`EPOLLET`), and that of all before any is acted on. Between two
/// messages of a live stream, those of thousands of others push its objects out of the processor's cache. So the
/// objects of all that are ready are fetched at once, instead of being waited for one after the other. Both together
/// save 3 % of the CPU of 3,500 live streams, server and worker.
final class DescriptorPoller {
  /// A descriptor, in memory that stays where it is.
  struct Entry {
    let descriptor: Int32
    /// Not retained: it stops the watch before it goes.
    var observer: Unmanaged<DescriptorObserver>?
    /// The readiness that is watched for; 0 for a descriptor that is not in the set.
    var readiness: UInt32 = 0
    /// The index of its event in the report that is being acted on; nil: it has none.
    var event: Int?
    /// Memory that is read for every message.
    var memory: InlineArray<6, UnsafeRawPointer?> = InlineArray(repeating: nil)

    /// Has the processor fetch it.
    func prefetch() { for place in Place.allCases { linux_prefetch(memory[place.rawValue], place.lines) } }

    /// The stream, its delegate, the receiver of that one's messages, and what TLS has for it.
    enum Place: Int, CaseIterable {
      case stream, delegate, receiver, tls, records, keys

      /// Cache lines, wherever in one it begins: of a WebSocket (312 bytes), of a session (1,032), …
      var lines: Int32 {
        switch self {
        case .stream, .keys: 4
        case .delegate: 6
        case .receiver: 17
        case .tls: 3
        case .records: 5
        }
      }
    }
  }
  typealias EntryPointer = UnsafeMutablePointer<Entry>

  private let descriptor: Int32
  private let watcher: EvWatcher
  private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: mostEvents)

  /// Descriptors of one report; others follow in the next round.
  private static let mostEvents = 512

  init(on loop: EvLoop) throws(IOError) {
    descriptor = linux_poller()
    guard descriptor >= 0 else {
      throw .library(call: "epoll_create1", reason: String(cString: strerror(errno)))
    }
    watcher = EvWatcher(.readable(descriptor), on: loop)
    watcher.start { [unowned self] in report() }
  }

  deinit {
    close(descriptor)
    events.deallocate()
  }

  /// Reports nothing more: the loop ends.
  func stop() { watcher.stop() }

  /// Watches for this and nothing else; reports what is ready already, too.
  /// - Returns: false if the kernel has no memory for it. Nothing is watched for then.
  func watch(_ entry: EntryPointer, for readiness: UInt32) -> Bool {
    let (before, watched) = (entry.pointee.readiness, entry.pointee.descriptor)
    entry.pointee.readiness = readiness
    guard readiness != 0 else {
      _ = linux_poller_remove(descriptor, watched)
      if let event = entry.pointee.event { events[event].data.ptr = nil }
      entry.pointee.event = nil
      return true
    }
    let result = linux_poller_watch(descriptor, before == 0 ? 1 : 0, watched, readiness, entry)
    guard result != 0 else { return true }
    entry.pointee.readiness = 0
    return false
  }

  private func report() {
    let count = Int(epoll_wait(descriptor, events, Int32(Self.mostEvents), 0))
    guard count > 0 else { return }
    for event in 0..<count {
      guard let entry = entry(of: event) else { continue }
      entry.pointee.event = event
      entry.pointee.prefetch()
    }
    // An observer may stop the watches of others: their events have no entries then.
    for event in 0..<count { if let entry = entry(of: event) { report(events[event].events, of: entry) } }
  }

  private func entry(of event: Int) -> EntryPointer? {
    events[event].data.ptr?.assumingMemoryBound(to: Entry.self)
  }

  private func report(_ happened: UInt32, of entry: EntryPointer) {
    entry.pointee.event = nil
    guard let observer = entry.pointee.observer?.takeUnretainedValue() else { return }
    // It owns the entry.
    withExtendedLifetime(observer) {
      let isMore = happened & linux_more.rawValue != 0
      let (readable, writable) = (linux_readable.rawValue, linux_writable.rawValue)
      let ready = (isMore ? readable | writable : happened) & entry.pointee.readiness
      observer.ready(readable: ready & readable != 0, writable: ready & writable != 0)
      // Asks again: it comes after what was read now.
      if isMore, entry.pointee.readiness & readable != 0 { _ = watch(entry, for: entry.pointee.readiness) }
    }
  }
}

/// Readiness of a connection's descriptor in both directions.
struct PolledDescriptor {
  let descriptor: Int32
  /// The descriptor has been closed.
  var isClosed = false
  private var poller: DescriptorPoller
  private let entry = DescriptorPoller.EntryPointer.allocate(capacity: 1)

  init(_ descriptor: Int32, on poller: DescriptorPoller) {
    self.descriptor = descriptor
    self.poller = poller
    entry.initialize(to: DescriptorPoller.Entry(descriptor: descriptor))
  }

  /// Not retained: it stops this before it goes.
  func setObserver(_ observer: DescriptorObserver) {
    entry.pointee.observer = Unmanaged.passUnretained(observer)
    prefetches(observer, at: .stream)
  }

  /// Has an object fetched when the descriptor is ready. It is not retained: one that is gone is fetched in vain.
  func prefetches(_ object: AnyObject?, at place: DescriptorPoller.Entry.Place) {
    prefetches(memory: object.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }, at: place)
  }

  func prefetches(memory: UnsafeRawPointer?, at place: DescriptorPoller.Entry.Place) {
    entry.pointee.memory[place.rawValue] = memory
  }

  /// Whether it is read when it can be.
  var isReading: Bool { !isClosed && entry.pointee.readiness & linux_readable.rawValue != 0 }

  /// - Returns: false if the kernel has no memory for it.
  func watch(reading: Bool, writing: Bool) -> Bool {
    let wanted = (reading ? linux_readable.rawValue : 0) | (writing ? linux_writable.rawValue : 0)
    return wanted == entry.pointee.readiness || isClosed || poller.watch(entry, for: wanted)
  }

  func stop() { _ = watch(reading: false, writing: false) }

  /// Has what is ready now reported once more: there may be more than was read.
  func readAgain() { if isReading { _ = poller.watch(entry, for: entry.pointee.readiness) } }

  /// Continues on another loop, whose thread calls this; it is stopped.
  mutating func join(_ poller: DescriptorPoller) {
    precondition(entry.pointee.readiness == 0, "A descriptor is watched by the loop that it has left.")
    self.poller = poller
  }

  func free() { entry.deallocate() }
}
