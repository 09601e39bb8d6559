internal import CLinux
internal import Platform
internal import Synchronization

/// The models that are loaded, of all decoding threads. It does what `ModelEviction` decides.
final class LoadedModels: Sendable {
  typealias Copy = ModelEviction.Copy

  private struct State {
    var eviction: ModelEviction
    var models: [Copy: SherpaModel] = [:]
    /// Memory that a model took when it was last loaded, by name.
    var bytes: [String: Int] = [:]
  }

  private let library: SpeechLibrary
  private let limitBytes: Int?
  private let state: Mutex<State>
  /// Models are loaded one after the other, so that each is measured alone.
  private let loading = Mutex(())

  /// - Parameters:
  ///   - idle: how long a model that no stream uses stays.
  ///   - limitBytes: heap of the process above which such models are given back sooner.
  init(_ library: SpeechLibrary, idle: Duration, limitBytes: Int?) {
    self.library = library
    self.limitBytes = limitBytes
    state = Mutex(State(eviction: ModelEviction(idle: idle)))
  }

  /// Those that are loaded, in the order of their threads.
  var copies: [Copy] {
    state.withLock { Array($0.models.keys) }.sorted { ($0.thread, $0.model) < ($1.thread, $1.model) }
  }

  /// Has a model stay loaded.
  func keep(_ copy: Copy) { state.withLock { $0.eviction.kept = copy } }

  /// Loads a model, which takes half a second, unless it is loaded.
  /// - Parameter stream: the stream that has it decode, if there is one.
  func load(_ copy: Copy, for stream: UInt64? = nil) throws(SpeechError) {
    guard let folder = library.folders[copy.model], state.withLock({ $0.models[copy] == nil }) else { return }
    try loading.withLock { _ throws(SpeechError) in
      makeRoom(for: state.withLock { $0.bytes[copy.model] } ?? folder.bytes)
      let before = Self.heapBytes
      let model = try SherpaModel(library.sherpa, folder)
      // The first utterance takes longer, because memory is laid out during it, and the library reports a model that
      // can't decode only now. Not silence, which is returned undecoded.
      let hum = (0..<SherpaVoiceDetector.rate / 2).map { Float($0 % 160) / 800 - 0.1 }
      _ = hum.withUnsafeBufferPointer { model.decode($0, rate: SherpaVoiceDetector.rate) }
      state.withLock { state in
        state.models[copy] = model
        state.bytes[copy.model] = max(folder.bytes, Self.heapBytes - before)
        state.eviction.loaded(copy, at: MonotonicClock.now)
        if let stream { state.eviction.use(copy, by: stream, at: MonotonicClock.now) }
      }
      // It may have taken more than was expected.
      makeRoom(for: 0)
    }
  }

  /// A model of the thread, for an utterance of the stream. It is loaded even where there is no room for it.
  func model(_ copy: Copy, for stream: UInt64) throws(SpeechError) -> SherpaModel? {
    while library.folders[copy.model] != nil {
      let model = state.withLock { state in
        if state.models[copy] != nil { state.eviction.use(copy, by: stream, at: MonotonicClock.now) }
        return state.models[copy]
      }
      if let model { return model }
      try load(copy, for: stream)
    }
    return nil
  }

  /// The stream is over.
  func end(_ stream: UInt64) { state.withLock { $0.eviction.end(stream, at: MonotonicClock.now) } }

  /// When models are to be given back.
  var nextExpiry: Duration? { state.withLock { $0.eviction.nextExpiry } }

  /// Gives back those that no stream has used for too long.
  func giveBackExpired() {
    let expired = state.withLock { state in
      state.eviction.expired(at: MonotonicClock.now).compactMap { Self.take($0, from: &state) }
    }
    if !expired.isEmpty { Self.giveBack(expired) }
  }

  /// Gives back models that no stream uses, until so much more fits.
  private func makeRoom(for bytes: Int) {
    guard let limitBytes else { return }
    while Self.heapBytes + bytes > limitBytes {
      let unused = state.withLock { state in
        state.eviction.leastRecentlyUsed.flatMap { Self.take($0, from: &state) }
      }
      guard let unused else { return }
      Self.giveBack([unused])
    }
  }

  private static func take(_ copy: Copy, from state: inout State) -> SherpaModel? {
    state.eviction.remove(copy)
    return state.models.removeValue(forKey: copy)
  }

  private static func giveBack(_ models: consuming [SherpaModel]) {
    models.removeAll()
    // What the C library keeps for later use: most of it.
    malloc_trim(0)
  }

  /// Memory of the process that is in use, not counting its code.
  private static var heapBytes: Int {
    let info = mallinfo2()
    return Int(info.uordblks + info.hblkhd)
  }
}
