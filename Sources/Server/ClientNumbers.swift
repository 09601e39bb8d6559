import Glibc
import Synchronization

/// Numbers of clients, each used once; for all loops.
struct ClientIDs: ~Copyable, Sendable {
  private let numbers: Mutex<ClientNumbers>

  /// - Parameter isAlone: whether no other server has clients of the same service.
  init(isAlone: Bool) { numbers = Mutex(isAlone ? .since(second: time(nil)) : ClientNumbers()) }

  func next() -> Int { numbers.withLock { $0.next() } }
  /// Whether a block would be taken that no other server has.
  var wantsBlock: Bool { numbers.withLock { $0.wantsBlock } }
  func reserve(_ block: Int) { numbers.withLock { $0.reserve(block) } }
}

/// Numbers in blocks of 2^20. JavaScript holds those below 2^53: 2^33 blocks.
struct ClientNumbers: Equatable {
  static let blockBits = 20
  /// Of servers with others beside them, while they can't be given blocks: random, so that no two need to know one
  /// another. Of a thousand in use two are the same with a probability of 1 in 10,000. Blocks that are given are below.
  static let sharedBlocks = 1 << 31..<1 << 33

  private var last = 0
  /// Where the block ends; nil: the next one follows.
  private var end: Int? = 0
  /// The block that follows.
  private var reserved: Int?

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

  /// Whether it has no block for when the present one is used up.
  var wantsBlock: Bool { end != nil && reserved == nil }

  /// Takes a block that no other server has.
  mutating func reserve(_ block: Int) { reserved = block }

  /// The next block of those that servers are given in turn: above every one of those that were given in an earlier
  /// second, also if those are forgotten.
  static func block(after last: Int?, second: Int) -> Int { max((last ?? 0) + 1, second) }

  /// - Parameter draw: a random block of these.
  mutating func next(draw: (Range<Int>) -> Int = { Int.random(in: $0) }) -> Int {
    last += 1
    if let end, last >= end {
      last = (reserved ?? draw(Self.sharedBlocks)) << Self.blockBits
      reserved = nil
      self.end = last + (1 << Self.blockBits)
    }
    return last
  }
}
