import Audio

/// The chunks of a recording from the first one that may be needed again to the newest, by their numbers in the
/// recording.
///
/// A chunk is *unsent*, then *sent* with its seq in the session. It is removed when its answer arrives or, where the
/// server reports that, once it is settled: until then its words are not final, and a new session would need it. When a
/// connection breaks, the chunks that did not arrive are unsent again. Past the limits the oldest answered chunk is
/// removed, or the oldest unsent one dropped.
struct Spool {
  /// Four minutes of the standard format.
  static let memoryBytes = 8 << 20
  /// The most chunks, however small: a day of 100 ms chunks. Each takes 32 bytes beside its audio.
  static let chunkLimit = 1 << 20
  /// Answered audio that is kept until it is settled: more than the longest utterance and a server's longest backlog.
  static let answeredSeconds = 120
  static let answeredLimitBytes = 64 << 20

  private struct Item {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var count: Int
    var place: SpoolStore.Place
    /// It was answered and then had to be sent again.
    var isResent = false
  }

  private struct Sent {
    var seq: Int
    var item: Item
    var isAnswered = false
  }

  private var sent = Deque<Sent>()
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
  /// Bytes of the chunks that are answered and not settled.
  private(set) var answeredBytes = 0
  private let answeredLimit: Int
  /// Chunks that were dropped unsent.
  private(set) var dropped = SeqRanges()
  private(set) var droppedBytes = 0

  /// - Parameters:
  ///   - chunkBytes: of the largest chunk.
  ///   - fileBytes: the largest size of the file.
  ///   - answeredLimit: bytes of answered audio that are kept.
  init(
    chunkBytes: Int, memoryBytes: Int = Spool.memoryBytes, fileBytes: Int, chunkLimit: Int = Spool.chunkLimit,
    answeredLimit: Int = Spool.answeredLimitBytes, folder: String? = nil
  ) {
    self.answeredLimit = answeredLimit
    store = SpoolStore(chunkBytes: chunkBytes, memoryBytes: memoryBytes, fileBytes: fileBytes, folder: folder)
    self.chunkLimit = chunkLimit
  }

  var hasUnsent: Bool { !unsent.isEmpty }
  /// Bytes of the recording before the first chunk that is not settled.
  var firstOffset: Int? { sent.first?.item.offset ?? unsent.first?.offset }
  /// The seq of the first chunk that was sent and is not settled; nil if that is unsent.
  var firstSeq: Int? { sent.first?.seq }
  /// Bytes of the recording before the first chunk that has no answer.
  var firstOpenOffset: Int? { sent.first { !$0.isAnswered }?.item.offset ?? unsent.first?.offset }
  /// Sent and not answered.
  var open: SeqRanges { SeqRanges(sent.filter { !$0.isAnswered }.map(\.item.number)) }
  /// Neither sent nor dropped.
  var waiting: SeqRanges { SeqRanges((0..<unsent.count).map { unsent[$0].number }) }
  /// Creates the file: see `failure`.
  func prepare() { store.prepare() }
  /// Why the file cannot be used, if so.
  var failure: String? { store.failure }

  /// Whether a chunk can be kept without dropping another that has no answer.
  func hasRoom(bytes count: Int) -> Bool { answeredBytes > 0 || isFree(bytes: count) }

  private func isFree(bytes count: Int) -> Bool {
    sent.count + unsent.count < chunkLimit && store.hasRoom(bytes: count)
  }

  /// The recording's next chunk.
  mutating func append(_ chunk: [UInt8]) {
    chunks += 1
    defer { bytes += chunk.count }
    while true {
      while !isFree(bytes: chunk.count), removeOldestAnswered() {}
      if isFree(bytes: chunk.count), let place = store.put(chunk) {
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

  /// Removes a chunk that had no answer.
  private mutating func release(_ item: Item) {
    keptBytes -= item.count
    store.release(item.place, count: item.count)
  }

  /// Removes a chunk that was answered.
  private mutating func removeAnswered(at index: Int) {
    let item = index == 0 ? sent.popFirst()?.item : sent.remove(at: index).item
    guard let item else { return }
    answeredBytes -= item.count
    store.release(item.place, count: item.count)
  }

  private mutating func removeOldestAnswered() -> Bool {
    guard answeredBytes > 0, let index = sent.firstIndex(where: \.isAnswered) else { return false }
    removeAnswered(at: index)
    return true
  }

  /// A chunk to send.
  struct Chunk: Equatable {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var bytes: [UInt8]
    /// It was answered before.
    var isResent: Bool
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
      sent.append(Sent(seq: seq, item: item))
      return Chunk(number: item.number, offset: item.offset, bytes: bytes, isResent: item.isResent)
    }
    return nil
  }

  /// The chunk that was sent as `seq` has its answer.
  /// - Parameter keeps: until it is settled.
  /// - Returns: its number and size. Nil if it had an answer before.
  mutating func answered(seq: Int, keeps: Bool = false) -> (number: Int, bytes: Int)? {
    let index = place(of: seq)
    guard index < sent.count, sent[index].seq == seq, !sent[index].isAnswered else { return nil }
    let item = sent[index].item
    guard keeps else {
      release(sent.remove(at: index).item)
      return (item.number, item.count)
    }
    sent[index].isAnswered = true
    keptBytes -= item.count
    answeredBytes += item.count
    while answeredBytes > answeredLimit, removeOldestAnswered() {}
    return (item.number, item.count)
  }

  /// The chunks up to `seq` are not needed any more, as far as they are answered.
  mutating func settle(through seq: Int) {
    while let first = sent.first, first.isAnswered, first.seq <= seq { removeAnswered(at: 0) }
  }

  /// The chunks sent after `seq` are unsent again.
  /// - Returns: the numbers and sizes of those that were answered.
  @discardableResult mutating func takeBack(after seq: Int) -> [(number: Int, bytes: Int)] {
    var answered: [(number: Int, bytes: Int)] = []
    let items = sent.removeAll(from: place(of: seq + 1)).map { sent in
      var item = sent.item
      guard sent.isAnswered else { return item }
      item.isResent = true
      answered.append((item.number, item.count))
      answeredBytes -= item.count
      keptBytes += item.count
      return item
    }
    unsentBytes += items.reduce(0) { $0 + $1.count }
    unsent.prepend(items)
    return answered
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
