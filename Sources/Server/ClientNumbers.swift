import Glibc
import Synchronization

/// Numbers of clients, each used once; for all loops.
struct ClientIDs: ~Copyable, Sendable {
  private let numbers: Mutex<ClientNumbers>

  /// - Parameter isAlone: whether no other server has clients of the same service.
  init(isAlone: Bool) { numbers = Mutex(isAlone ? .since(second: time(nil)) : ClientNumbers()) }

  func next() -> Int { numbers.withLock { $0.next() } }
}

/// Numbers in blocks of 2^20. JavaScript holds those below 2^53: 2^33 blocks.
struct ClientNumbers: Equatable {
  static let blockBits = 20
  /// Of servers that share their clients with others: random, so that no two servers need to know one another. Of a
  /// thousand blocks in use two are the same with a probability of 1 in 10,000. Servers that are alone begin below.
  static let sharedBlocks = 1 << 31..<1 << 33

  private var last = 0
  /// Where the block ends; nil: the next one follows.
  private var end: Int? = 0

  /// The numbers of a server with others beside it.
  init() {}

  /// The numbers of one that is alone: above every number that a server started in an earlier second has used, as long
  /// as that used fewer than a block a second. So they are unique over restarts, and grow. Below those of others until
  /// the year 2038.
  static func since(second: Int) -> ClientNumbers {
    var numbers = ClientNumbers()
    (numbers.last, numbers.end) = (second << blockBits, nil)
    return numbers
  }

  /// - Parameter draw: a random block of these.
  mutating func next(draw: (Range<Int>) -> Int = { Int.random(in: $0) }) -> Int {
    last += 1
    if let end, last >= end {
      last = draw(Self.sharedBlocks) << Self.blockBits
      self.end = last + (1 << Self.blockBits)
    }
    return last
  }
}
