internal import Streams
internal import WorkerLink

/// Part of a copy of a session: chunks or answers, in the order in which they came. Their bytes lie in one piece of
/// memory, so that an entry costs none of its own.
struct MirrorLog: ~Copyable {
  struct Entry {
    /// The chunk, or the one that is answered; 0 for an answer to none.
    var seq: Int
    /// Whether its bytes are the client's message as it came.
    var isMessage = false
    /// Whether its last piece has come.
    fileprivate var isWhole = false
    fileprivate var count = 0

    init(seq: Int, isMessage: Bool = false) {
      self.seq = seq
      self.isMessage = isMessage
    }
  }

  private(set) var entries: [Entry] = []
  private var queue = ByteQueue(capacity: 0, keptBytes: Self.keptBytes)

  /// Memory that is kept when the log is empty.
  private static let keptBytes = 16 << 10

  var byteCount: Int { queue.count }

  mutating func append(_ entry: Entry, _ bytes: UnsafeRawBufferPointer, isWhole: Bool = true) {
    entries.append(entry)
    extendLast(bytes, isWhole: isWhole)
  }

  /// Adds a piece to the last entry.
  mutating func extendLast(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) {
    guard let last = entries.indices.last else { return }
    entries[last].count += bytes.count
    entries[last].isWhole = isWhole
    queue.reserve(bytes.count)
    queue.room.copyMemory(from: bytes)
    queue.commit(bytes.count)
  }

  mutating func removeFirst(_ count: Int) {
    queue.consume(entries[..<count].reduce(0) { $0 + $1.count })
    queue.rest()
    entries.removeFirst(count)
  }

  /// As `SessionImage` of the gateway reads it, without an entry of which pieces are missing.
  func write(to writer: inout StateWriter, _ write: (inout StateWriter, Entry) -> Void) {
    writer.add(entries.count(where: \.isWhole))
    var rest = queue.bytes[...]
    for entry in entries {
      if entry.isWhole {
        write(&writer, entry)
        writer.add(UnsafeRawBufferPointer(rebasing: rest.prefix(entry.count)))
      }
      rest = rest.dropFirst(entry.count)
    }
  }
}
