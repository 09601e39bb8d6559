import Glibc

/// Blocks of client numbers for a server with others beside it, from a counter in the directory: one ahead, for all
/// loops. On the first loop's thread.
final class ClientBlocks {
  private let bucket: SessionBucket
  private let loop: any LoopTime
  private let shared: SharedState
  private var isAsking = false

  /// Beside the keys of sessions, which are hashes.
  private static let key = "numbers"
  private static let interval = Duration.seconds(1)

  init(_ bucket: SessionBucket, loop: any LoopTime, _ shared: SharedState) {
    self.bucket = bucket
    self.loop = loop
    self.shared = shared
  }

  /// From now on there is a block ahead, as long as the directory answers. The loop keeps this.
  func start() {
    loop.call(after: Self.interval, repeating: Self.interval) { [self] in
      if shared.clientIDs.wantsBlock, !isAsking, bucket.problem == nil { ask() }
    }
  }

  private func ask() {
    isAsking = true
    bucket.read(Self.key) { [self] reading in
      switch reading {
      case .unanswered: isAsking = false
      case .missing(let revision): take(ClientNumbers.block(after: nil, second: time(nil)), after: revision)
      case .found(let bytes, let revision):
        let last = Int(String(decoding: bytes, as: UTF8.self))
        take(ClientNumbers.block(after: last, second: time(nil)), after: revision)
      }
    }
  }

  private func take(_ block: Int, after revision: UInt64) {
    bucket.change(Self.key, to: Array("\(block)".utf8), after: revision) { [self] change in
      isAsking = false
      switch change {
      case .changed: shared.clientIDs.reserve(block)
      case .conflict: ask()
      // It may be another server's by now.
      case .unanswered: break
      }
    }
  }
}
