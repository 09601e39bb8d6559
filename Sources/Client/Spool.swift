import Platform

/// A recording's chunks from the first without an answer to the newest, by their numbers in the recording.
///
/// A chunk is *unsent*, then *sent* with its seq in the session, and gone with its answer; when a connection breaks, what did
/// not arrive is unsent again. It lies in memory, or in a file where there are too many. Past the limits the oldest unsent
/// one is given up.
struct Spool {
  /// What is kept in memory: four minutes of the standard format.
  static let memoryBytes = 8 << 20
  /// Chunks at most, however small: a day of those of 100 ms. What is noted of each takes 32 bytes.
  static let chunkLimit = 1 << 20

  private enum Place {
    case memory([UInt8])
    case slot(Int)
  }

  private struct Item {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var count: Int
    var place: Place
  }

  private var sent = Deque<(seq: Int, item: Item)>()
  private var unsent = Deque<Item>()
  private let memoryLimit: Int
  private let slots: Int
  private let chunkLimit: Int
  private let file: SpoolFile
  private var inMemory = 0
  private var freeSlots: [Int] = []
  /// Slots from here on have never been used.
  private var unusedSlot = 0

  /// Chunks taken in so far: the number of the newest.
  private(set) var chunks = 0
  /// Their bytes.
  private(set) var bytes = 0
  /// Bytes of chunks not answered, and of those among them not sent.
  private(set) var keptBytes = 0
  private(set) var unsentBytes = 0
  /// Thrown away without having been sent.
  private(set) var givenUp = SeqRanges()
  private(set) var givenUpBytes = 0

  /// - Parameters:
  ///   - chunkBytes: of the largest chunk.
  ///   - fileBytes: how large the file may be.
  init(
    chunkBytes: Int, memoryBytes: Int = Spool.memoryBytes, fileBytes: Int, chunkLimit: Int = Spool.chunkLimit,
    folder: String? = nil
  ) {
    memoryLimit = memoryBytes
    slots = fileBytes / chunkBytes
    self.chunkLimit = chunkLimit
    file = SpoolFile(slotBytes: chunkBytes, folder: folder)
  }

  var hasUnsent: Bool { !unsent.isEmpty }
  /// Bytes of the recording before the first chunk that has no answer.
  var firstOffset: Int? { sent.first?.item.offset ?? unsent.first?.offset }
  /// Sent and not answered.
  var open: SeqRanges { SeqRanges((0..<sent.count).map { sent[$0].item.number }) }
  /// Not sent, and not given up.
  var waiting: SeqRanges { SeqRanges((0..<unsent.count).map { unsent[$0].number }) }
  /// Why the file can't be used, if so.
  var failure: String? { file.failure }

  /// Whether a chunk would be kept with nothing given up for it.
  func hasRoom(bytes count: Int) -> Bool {
    guard sent.count + unsent.count < chunkLimit else { return false }
    return fitsInMemory(count) || (file.failure == nil && (!freeSlots.isEmpty || unusedSlot < slots))
  }

  /// One chunk always does.
  private func fitsInMemory(_ count: Int) -> Bool { inMemory == 0 || inMemory + count <= memoryLimit }

  /// The recording's next chunk.
  mutating func append(_ chunk: [UInt8]) {
    chunks += 1
    defer { bytes += chunk.count }
    while true {
      if hasRoom(bytes: chunk.count), let place = put(chunk) {
        unsent.append(Item(number: chunks, offset: bytes, count: chunk.count, place: place))
        keptBytes += chunk.count
        unsentBytes += chunk.count
        return
      }
      guard let oldest = unsent.popFirst() else { return giveUp(number: chunks, bytes: chunk.count) }
      unsentBytes -= oldest.count
      release(oldest)
      giveUp(number: oldest.number, bytes: oldest.count)
    }
  }

  private mutating func giveUp(number: Int, bytes: Int) {
    givenUp.insert(number)
    givenUpBytes += bytes
  }

  private mutating func put(_ chunk: [UInt8]) -> Place? {
    if fitsInMemory(chunk.count) {
      inMemory += chunk.count
      return .memory(chunk)
    }
    let slot = freeSlots.last ?? unusedSlot
    guard file.write(chunk, slot: slot) else { return nil }
    if freeSlots.popLast() == nil { unusedSlot += 1 }
    return .slot(slot)
  }

  private mutating func release(_ item: Item) {
    keptBytes -= item.count
    switch item.place {
    case .memory: inMemory -= item.count
    case .slot(let slot):
      freeSlots.append(slot)
      guard freeSlots.count == unusedSlot else { return }
      freeSlots = []
      unusedSlot = 0
      file.empty()
    }
  }

  /// What is to be sent.
  struct Chunk: Equatable {
    var number: Int
    /// Bytes of the recording before it.
    var offset: Int
    var bytes: [UInt8]
  }

  /// The oldest unsent chunk, which goes out as `seq` of its session.
  mutating func send(as seq: Int) -> Chunk? {
    while let item = unsent.popFirst() {
      unsentBytes -= item.count
      let bytes: [UInt8]? =
        switch item.place {
        case .memory(let bytes): bytes
        case .slot(let slot): file.read(slot: slot, count: item.count)
        }
      guard let bytes else {
        release(item)
        giveUp(number: item.number, bytes: item.count)
        continue
      }
      sent.append((seq, item))
      return Chunk(number: item.number, offset: item.offset, bytes: bytes)
    }
    return nil
  }

  /// There is an answer for `seq`: the chunk goes. Its number and size; nil when it had gone before.
  mutating func answered(seq: Int) -> (number: Int, bytes: Int)? {
    let index = place(of: seq)
    guard index < sent.count, sent[index].seq == seq else { return nil }
    let item = sent.remove(at: index).item
    release(item)
    return (item.number, item.count)
  }

  /// What was sent behind `seq` has not arrived: it is unsent again.
  mutating func takeBack(behind seq: Int) {
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
