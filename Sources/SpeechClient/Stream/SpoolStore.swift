/// Holds the bytes of chunks: in memory, and in a file once there are too many.
struct SpoolStore {
  /// Where a chunk is kept.
  enum Place {
    case memory([UInt8])
    case slot(Int)
  }

  private let memoryLimit: Int
  private let slots: Int
  private let file: SpoolFile
  private var inMemory = 0
  private var freeSlots: [Int] = []
  /// Slots from here on have never been used.
  private var unusedSlot = 0

  /// - Parameters:
  ///   - chunkBytes: of the largest chunk.
  ///   - fileBytes: the largest size of the file.
  ///   - folder: see `SpoolFile`.
  init(chunkBytes: Int, memoryBytes: Int, fileBytes: Int, folder: String?) {
    memoryLimit = memoryBytes
    slots = fileBytes / chunkBytes
    file = SpoolFile(slotBytes: chunkBytes, folder: folder)
  }

  /// Creates the file, if there is to be one.
  func prepare() { if slots > 0 { file.prepare() } }

  /// Why the file cannot be used, if so.
  var failure: String? { file.failure }

  func hasRoom(bytes count: Int) -> Bool {
    fitsInMemory(count) || (file.failure == nil && (!freeSlots.isEmpty || unusedSlot < slots))
  }

  /// One chunk always fits.
  private func fitsInMemory(_ count: Int) -> Bool { inMemory == 0 || inMemory + count <= memoryLimit }

  /// - Returns: nil if the disk does not take it.
  mutating func put(_ chunk: [UInt8]) -> Place? {
    if fitsInMemory(chunk.count) {
      inMemory += chunk.count
      return .memory(chunk)
    }
    let slot = freeSlots.last ?? unusedSlot
    guard file.write(chunk, slot: slot) else { return nil }
    if freeSlots.popLast() == nil { unusedSlot += 1 }
    return .slot(slot)
  }

  /// - Returns: nil if the disk has lost it.
  func bytes(at place: Place, count: Int) -> [UInt8]? {
    switch place {
    case .memory(let bytes): bytes
    case .slot(let slot): file.read(slot: slot, count: count)
    }
  }

  mutating func release(_ place: Place, count: Int) {
    switch place {
    case .memory: inMemory -= count
    case .slot(let slot):
      freeSlots.append(slot)
      guard freeSlots.count == unusedSlot else { return }
      freeSlots = []
      unusedSlot = 0
      file.empty()
    }
  }
}
