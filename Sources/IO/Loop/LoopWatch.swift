internal import Platform

/// Something the loop keeps alive until it is cancelled.
protocol LoopWatch: AnyObject {
  func start()
  func stop()
}

/// Readiness of one descriptor. Cancel it before closing the descriptor.
public final class DescriptorWatch: LoopWatch {
  private unowned let loop: EventLoop
  private let reading: EvWatcher
  private let writing: EvWatcher
  private var readable: (() -> Void)?
  private var writable: (() -> Void)?
  private var isCancelled = false

  init(loop: EventLoop, descriptor: Int32, readable: (() -> Void)?, writable: (() -> Void)?) {
    self.loop = loop
    self.readable = readable
    self.writable = writable
    reading = EvWatcher(.readable(descriptor), on: loop.ev)
    writing = EvWatcher(.writable(descriptor), on: loop.ev)
    wantsReadable = readable != nil
    wantsWritable = writable != nil
  }

  /// Whether `readable` is called; off, the kernel's buffer fills and the peer is held back.
  public var wantsReadable: Bool {
    didSet { if wantsReadable != oldValue { apply(wantsReadable, to: reading) } }
  }
  /// Whether `writable` is called; on only while something waits to be written.
  public var wantsWritable: Bool {
    didSet { if wantsWritable != oldValue { apply(wantsWritable, to: writing) } }
  }

  public func cancel() {
    guard !isCancelled else { return }
    stop()
    loop.forget(self)
  }

  func start() {
    reading.action = { [unowned self] in self.readable?() }
    writing.action = { [unowned self] in self.writable?() }
    apply(wantsReadable, to: reading)
    apply(wantsWritable, to: writing)
  }

  func stop() {
    isCancelled = true
    reading.stop()
    writing.stop()
    // An action often holds its own watch.
    readable = nil
    writable = nil
  }

  private func apply(_ wanted: Bool, to watcher: EvWatcher) {
    if wanted && !isCancelled { watcher.start() } else { watcher.stop() }
  }
}

/// An action after a time, once or again and again.
public final class LoopTimer: LoopWatch {
  private unowned let loop: EventLoop
  private let watcher: EvWatcher
  private var action: (() -> Void)?
  private let repeats: Bool
  private var isCancelled = false

  init(loop: EventLoop, delay: Duration, repeating: Duration?, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
    repeats = repeating != nil
    watcher = EvWatcher(.timer(after: delay.inSeconds, repeating: repeating?.inSeconds ?? 0), on: loop.ev)
  }

  public func cancel() {
    guard !isCancelled else { return }
    stop()
    loop.forget(self)
  }

  func start() {
    watcher.start { [unowned self] in
      let action = self.action
      if !self.repeats { self.cancel() }
      action?()
    }
  }

  func stop() {
    isCancelled = true
    watcher.stop()
    action = nil
  }
}

/// An action on a signal of the process.
public final class SignalWatch: LoopWatch {
  private unowned let loop: EventLoop
  private let watcher: EvWatcher
  private var action: (() -> Void)?
  private var isCancelled = false

  init(loop: EventLoop, number: Int32, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
    watcher = EvWatcher(.signal(number), on: loop.ev)
  }

  public func cancel() {
    guard !isCancelled else { return }
    stop()
    loop.forget(self)
  }

  func start() {
    watcher.start { [unowned self] in self.action?() }
  }

  func stop() {
    isCancelled = true
    watcher.stop()
    action = nil
  }
}
