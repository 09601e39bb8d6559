internal import Glibc

/// A source of PulseAudio, or of PipeWire where that stands in for it.
struct SoundServerSource: Equatable {
  var name: String
  var description: String
  var sampleRate: Int
  var channels: Int
  /// It records what an output plays.
  var isMonitor: Bool

  /// ALSA's name for it, by a device of ALSA's that leads to the server; nil if there is none among those.
  func deviceName(among hints: [String]) -> String? {
    let quoted = name.utf8.allSatisfy { $0 != 44 && $0 != 61 && $0 > 32 } ? name : "'\(name)'"
    if hints.contains("pulse") { return "pulse:DEVICE=\(quoted)" }
    return hints.contains("pipewire") ? "pipewire:NODE=\(quoted)" : nil
  }
}

/// The sound server of this user, asked through libpulse. That is there wherever ALSA's devices lead to a sound server,
/// and not needed elsewhere, so it is loaded when it is used.
struct SoundServer {
  typealias Pointer = UnsafeMutableRawPointer
  private typealias Take = @convention(c) (Pointer?, UnsafeRawPointer?, Int32, Pointer?) -> Void

  /// How long it may take to answer.
  private static let timeout = Duration.seconds(2)
  private static let pause: useconds_t = 2000
  // Of libpulse's headers.
  private static let ready: Int32 = 4
  private static let failed: Int32 = 5
  private static let withoutStarting: Int32 = 1

  private let newLoop: @convention(c) () -> Pointer?
  private let interface: @convention(c) (Pointer?) -> Pointer?
  private let iterate: @convention(c) (Pointer?, Int32, UnsafeMutablePointer<Int32>?) -> Int32
  private let freeLoop: @convention(c) (Pointer?) -> Void
  private let newContext: @convention(c) (Pointer?, UnsafePointer<CChar>?) -> Pointer?
  private let connect: @convention(c) (Pointer?, UnsafePointer<CChar>?, Int32, UnsafeRawPointer?) -> Int32
  private let state: @convention(c) (Pointer?) -> Int32
  private let disconnect: @convention(c) (Pointer?) -> Void
  private let freeContext: @convention(c) (Pointer?) -> Void
  private let list: @convention(c) (Pointer?, Take?, Pointer?) -> Pointer?
  private let freeOperation: @convention(c) (Pointer?) -> Void

  /// - Returns: nil if libpulse is not there.
  init?() {
    guard let library = dlopen("libpulse.so.0", RTLD_NOW) else { return nil }
    func call<Call>(_ name: String) -> Call? { dlsym(library, name).map { unsafeBitCast($0, to: Call.self) } }
    guard let newLoop: @convention(c) () -> Pointer? = call("pa_mainloop_new"),
      let interface: @convention(c) (Pointer?) -> Pointer? = call("pa_mainloop_get_api"),
      let iterate: @convention(c) (Pointer?, Int32, UnsafeMutablePointer<Int32>?) -> Int32 = call(
        "pa_mainloop_iterate"),
      let freeLoop: @convention(c) (Pointer?) -> Void = call("pa_mainloop_free"),
      let newContext: @convention(c) (Pointer?, UnsafePointer<CChar>?) -> Pointer? = call("pa_context_new"),
      let connect: @convention(c) (Pointer?, UnsafePointer<CChar>?, Int32, UnsafeRawPointer?) -> Int32 = call(
        "pa_context_connect"),
      let state: @convention(c) (Pointer?) -> Int32 = call("pa_context_get_state"),
      let disconnect: @convention(c) (Pointer?) -> Void = call("pa_context_disconnect"),
      let freeContext: @convention(c) (Pointer?) -> Void = call("pa_context_unref"),
      let list: @convention(c) (Pointer?, Take?, Pointer?) -> Pointer? = call("pa_context_get_source_info_list"),
      let freeOperation: @convention(c) (Pointer?) -> Void = call("pa_operation_unref")
    else { return nil }
    (self.newLoop, self.interface, self.iterate, self.freeLoop) = (newLoop, interface, iterate, freeLoop)
    (self.newContext, self.connect, self.state, self.disconnect) = (newContext, connect, state, disconnect)
    (self.freeContext, self.list, self.freeOperation) = (freeContext, list, freeOperation)
  }

  /// What a search has found.
  private final class Search {
    var sources: [SoundServerSource] = []
    var isOver = false
  }

  /// Its sources; none if no server runs. It is not started for that.
  func sources() -> [SoundServerSource] {
    let loop = newLoop()
    let context = newContext(interface(loop), "audio-client")
    defer {
      disconnect(context)
      freeContext(context)
      freeLoop(loop)
    }
    guard connect(context, nil, Self.withoutStarting, nil) >= 0 else { return [] }
    let search = Search()
    var operation: Pointer?
    defer { if let operation { freeOperation(operation) } }
    let deadline = ContinuousClock.now + Self.timeout
    while !search.isOver, state(context) < Self.failed, ContinuousClock.now < deadline {
      if state(context) == Self.ready, operation == nil {
        operation = list(context, takeSource, Unmanaged.passUnretained(search).toOpaque())
      }
      let events = iterate(loop, 0, nil)
      if events < 0 { break }
      if events == 0 { usleep(Self.pause) }
    }
    return search.sources
  }

  fileprivate static func take(_ source: UnsafeRawPointer?, isEnd: Bool, into search: Pointer?) {
    guard let search else { return }
    let found = Unmanaged<Search>.fromOpaque(search).takeUnretainedValue()
    found.isOver = isEnd
    guard !isEnd, let source else { return }
    // Offsets in `pa_source_info`, the ABI of libpulse.so.0.
    guard let name = source.load(as: UnsafePointer<CChar>?.self).map({ String(cString: $0) }) else { return }
    let description = source.load(fromByteOffset: 16, as: UnsafePointer<CChar>?.self).map { String(cString: $0) }
    found.sources.append(
      SoundServerSource(
        name: name, description: description ?? name,
        sampleRate: Int(source.load(fromByteOffset: 28, as: UInt32.self)),
        channels: Int(source.load(fromByteOffset: 32, as: UInt8.self)),
        isMonitor: source.load(fromByteOffset: 308, as: UInt32.self) != .max))
  }
}

private func takeSource(
  _: UnsafeMutableRawPointer?, source: UnsafeRawPointer?, end: Int32, search: UnsafeMutableRawPointer?
) { SoundServer.take(source, isEnd: end != 0, into: search) }
