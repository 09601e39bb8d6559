internal import CLinux
internal import Glibc

/// Told when a descriptor is ready, without a closure for each: there is one for every connection.
public class DescriptorObserver {
  init() {}
  func ready(readable: Bool, writable: Bool) {}
}

/// Readiness of the connections of one loop: an epoll set that libev watches as one descriptor.
///
/// libev's own set reports a descriptor until it was looked at once more, and its watchers are called one by one. Here
/// readiness is reported once, when it changes (`EPOLLET`), and that of all before any is acted on: between two messages
/// of a live stream come those of thousands of others and push its objects out of the processor's cache, so those of
/// all that are ready are fetched at once, instead of being waited for one after the other. Both together save 3 % of
/// the CPU of 3,500 live streams, server and worker.
final class DescriptorPoller {
  /// What is known of a descriptor, in memory that stays where it is.
  struct Entry {
    let descriptor: Int32
    /// Not retained: it stops watching before it goes.
    var observer: Unmanaged<DescriptorObserver>?
    /// What is watched for; 0 for a descriptor that is not in the set.
    var readiness: UInt32 = 0
    /// Its place among the events that are being reported; nil: none.
    var place: Int?
    /// Objects that are read for every message: the stream, its delegate, and who gets messages from that.
    var objects: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) = (nil, nil, nil)

    /// Has the processor fetch the objects: as many cache lines as streams, WebSockets and sessions have.
    func prefetch() {
      linux_prefetch(objects.0, 5)
      linux_prefetch(objects.1, 7)
      linux_prefetch(objects.2, 17)
    }
  }
  typealias EntryPointer = UnsafeMutablePointer<Entry>

  private let descriptor: Int32
  private let watcher: EvWatcher
  private let events: UnsafeMutableBufferPointer<epoll_event>

  /// Descriptors of one report; others follow in the next round.
  private static let mostEvents = 512

  init(on loop: EvLoop) throws(IOError) {
    descriptor = linux_poller()
    guard descriptor >= 0 else {
      throw .library(call: "epoll_create1", reason: String(cString: strerror(errno)))
    }
    events = .allocate(capacity: Self.mostEvents)
    watcher = EvWatcher(.readable(descriptor), on: loop)
    watcher.start { [unowned self] in report() }
  }

  deinit {
    close(descriptor)
    events.deallocate()
  }

  /// The loop ends.
  func stop() { watcher.stop() }

  /// Watches for this and nothing else; what is ready already is reported, too.
  // Where the kernel has no memory for it, the connection is never heard, and ends as silent ones do.
  func watch(_ entry: EntryPointer, for readiness: UInt32) {
    let (before, watched) = (entry.pointee.readiness, entry.pointee.descriptor)
    entry.pointee.readiness = readiness
    if readiness == 0 {
      _ = linux_poller_remove(descriptor, watched)
      if let place = entry.pointee.place { events[place].data.ptr = nil }
      entry.pointee.place = nil
    } else if before == 0 {
      _ = linux_poller_add(descriptor, watched, readiness, entry)
    } else {
      _ = linux_poller_change(descriptor, watched, readiness, entry)
    }
  }

  private func report() {
    let count = Int(epoll_wait(descriptor, events.baseAddress, Int32(events.count), 0))
    guard count > 0 else { return }
    for place in 0..<count {
      guard let entry = entry(at: place) else { continue }
      entry.pointee.place = place
      entry.pointee.prefetch()
    }
    // Each may stop the watch of others.
    for place in 0..<count { if let entry = entry(at: place) { report(events[place].events, of: entry) } }
  }

  private func entry(at place: Int) -> EntryPointer? {
    events[place].data.ptr?.assumingMemoryBound(to: Entry.self)
  }

  private func report(_ happened: UInt32, of entry: EntryPointer) {
    entry.pointee.place = nil
    // Kept through the call, and the entry with it.
    guard let observer = entry.pointee.observer?.takeUnretainedValue() else { return }
    let hasEnded = happened & linux_ended.rawValue != 0
    let (readable, writable) = (linux_readable.rawValue, linux_writable.rawValue)
    let ready = (hasEnded ? readable | writable : happened) & entry.pointee.readiness
    observer.ready(readable: ready & readable != 0, writable: ready & writable != 0)
    // The end comes after what has been read now.
    if hasEnded, entry.pointee.readiness & readable != 0 { watch(entry, for: entry.pointee.readiness) }
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
    entry.pointee.objects.0 = Self.address(observer)
  }

  // Neither is retained: one that is gone is fetched in vain.
  func setDelegate(_ delegate: AnyObject?) { entry.pointee.objects.1 = Self.address(delegate) }
  func setReceiver(_ receiver: AnyObject?) { entry.pointee.objects.2 = Self.address(receiver) }

  private static func address(_ object: AnyObject?) -> UnsafeRawPointer? {
    object.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }
  }

  func watch(reading: Bool, writing: Bool) {
    let wanted = (reading ? linux_readable.rawValue : 0) | (writing ? linux_writable.rawValue : 0)
    guard wanted != entry.pointee.readiness, !isClosed else { return }
    poller.watch(entry, for: wanted)
  }

  func stop() { watch(reading: false, writing: false) }

  /// Has what is ready now reported once more: there may be more than was read.
  func readAgain() { if entry.pointee.readiness != 0 { poller.watch(entry, for: entry.pointee.readiness) } }

  /// Continues on another loop, whose thread calls this; it is stopped.
  mutating func join(_ poller: DescriptorPoller) { self.poller = poller }

  func free() { entry.deallocate() }
}
