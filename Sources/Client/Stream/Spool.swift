import Audio

/// The chunks of a recording from the first one without an answer to the newest, by their numbers in the recording.
///
/// A chunk is *unsent*, then *sent* with its seq in the session, and is removed when its answer arrives. When a
/// connection breaks, the chunks that did not arrive are unsent again. Past the limits the oldest unsent chunk is
/// dropped.
struct Spool {
  /// Four minutes of the standard format.
  static let memoryBytes = 8 << 20
  /// The most chunks, however small: a day of 100 ms chunks. Each takes 32 bytes beside its audio.
  static let chunkLimit = 1 << 20

  private struct Item {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var count: Int
    var place: SpoolStore.Place
  }

  private var sent = Deque<(seq: Int, item: Item)>()
  private var unsent = Deque<Item>()
  private let chunkLimit: Int
  private var store: SpoolStore

  /// Chunks taken in so far: the number of the newest.
  private(set) var chunks = 0
  /// Their bytes, and those that were skipped.
  private(set) var bytes = 0
  /// Bytes of the chunks without an answer, and of the unsent ones among them.
  private(set) var keptBytes = 0
  private(set) var unsentBytes = 0
  /// Chunks that were dropped unsent.
  private(set) var dropped = SeqRanges()
  private(set) var droppedBytes = 0

  /// - Parameters:
  ///   - chunkBytes: of the largest chunk.
  ///   - fileBytes: the largest size of the file.
  init(
    chunkBytes: Int, memoryBytes: Int = Spool.memoryBytes, fileBytes: Int, chunkLimit: Int = Spool.chunkLimit,
    folder: String? = nil
  ) {
    store = SpoolStore(chunkBytes: chunkBytes, memoryBytes: memoryBytes, fileBytes: fileBytes, folder: folder)
    self.chunkLimit = chunkLimit
  }

  var hasUnsent: Bool { !unsent.isEmpty }
  /// Bytes of the recording before the first chunk that has no answer.
  var firstOffset: Int? { sent.first?.item.offset ?? unsent.first?.offset }
  /// Sent and not answered.
  var open: SeqRanges { SeqRanges((0..<sent.count).map { sent[$0].item.number }) }
  /// Neither sent nor dropped.
  var waiting: SeqRanges { SeqRanges((0..<unsent.count).map { unsent[$0].number }) }
  /// Creates the file: see `failure`.
  func prepare() { store.prepare() }
  /// Why the file cannot be used, if so.
  var failure: String? { store.failure }

  /// Whether a chunk can be kept without dropping another.
  func hasRoom(bytes count: Int) -> Bool {
    sent.count + unsent.count < chunkLimit && store.hasRoom(bytes: count)
  }

  /// The recording's next chunk.
  mutating func append(_ chunk: [UInt8]) {
    chunks += 1
    defer { bytes += chunk.count }
    while true {
      if hasRoom(bytes: chunk.count), let place = store.put(chunk) {
        unsent.append(Item(number: chunks, offset: bytes, count: chunk.count, place: place))
        keptBytes += chunk.count
        unsentBytes += chunk.count
        return
      }
      guard let oldest = unsent.popFirst() else { return drop(number: chunks, bytes: chunk.count) }
      unsentBytes -= oldest.count
      release(oldest)
      drop(number: oldest.number, bytes: oldest.count)
    }
  }

  /// Bytes of the recording that belong to no chunk come next: later chunks lie behind them.
  mutating func skip(bytes count: Int) { bytes += count }

  /// Gives out all chunks that have no answer, from the oldest on, and forgets them.
  mutating func takeAll(_ body: ([UInt8]) -> Void) {
    takeBack(after: 0)
    while let item = unsent.popFirst() {
      unsentBytes -= item.count
      if let bytes = store.bytes(at: item.place, count: item.count) { body(bytes) }
      release(item)
    }
  }

  private mutating func drop(number: Int, bytes: Int) {
    dropped.insert(number)
    droppedBytes += bytes
  }

  private mutating func release(_ item: Item) {
    keptBytes -= item.count
    store.release(item.place, count: item.count)
  }

  /// A chunk to send.
  struct Chunk: Equatable {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var bytes: [UInt8]
  }

  /// The oldest unsent chunk, which is sent as `seq` of its session.
  mutating func send(as seq: Int) -> Chunk? {
    while let item = unsent.popFirst() {
      unsentBytes -= item.count
      guard let bytes = store.bytes(at: item.place, count: item.count) else {
        release(item)
        drop(number: item.number, bytes: item.count)
        continue
      }
      sent.append((seq, item))
      return Chunk(number: item.number, offset: item.offset, bytes: bytes)
    }
    return nil
  }

  /// Removes the chunk that was sent as `seq`.
  /// - Returns: its number and size. Nil if it was removed before.
  mutating func answered(seq: Int) -> (number: Int, bytes: Int)? {
    let index = place(of: seq)
    guard index < sent.count, sent[index].seq == seq else { return nil }
    let item = sent.remove(at: index).item
    release(item)
    return (item.number, item.count)
  }

  /// The chunks sent after `seq` have not arrived: they are unsent again.
  mutating func takeBack(after seq: Int) {
    let items = sent.removeAll(from: place(of: seq + 1)).map(\.item)
    unsentBytes += items.reduce(0) { $0 + $1.count }
    unsent.prepend(items)
  }

  /// Index of the first sent chunk with this seq or a later one.
  private func place(of seq: Int) -> Int {
    var low = 0
    var high = sent.count
    while low < high {
      let middle = (low + high) / 2
      if sent[middle].seq < seq { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
