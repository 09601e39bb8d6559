/// Standard output for streams that run at once: each one's results whole, in the streams' order. What comes before its turn
/// is held back; when that is much, all but the stream whose turn it is are to wait.
final class OrderedOutput {
  /// Held back at most: what some hours of sound give as `jsonl`, of which there is most.
  static let limitBytes = 128 << 20

  private let target: any ResultSink
  private let limitBytes: Int
  private var turns = OutputTurns()
  private var held: [Int: [UInt8]] = [:]
  private var heldBytes = 0

  init(to target: any ResultSink, limitBytes: Int = OrderedOutput.limitBytes) {
    self.target = target
    self.limitBytes = limitBytes
  }

  /// The place of stream `index`.
  func sink(_ index: Int) -> any ResultSink { Place(index: index, owner: self) }

  /// Stream `index` writes nothing more, or never did.
  func finish(_ index: Int) {
    guard let next = turns.finish(index) else { return }
    for index in next {
      guard let bytes = held.removeValue(forKey: index) else { continue }
      heldBytes -= bytes.count
      bytes.withUnsafeBytes { target.write($0) }
    }
  }

  private func write(_ text: UnsafeRawBufferPointer, _ index: Int) {
    guard index != turns.turn else { return target.write(text) }
    held[index, default: []].append(contentsOf: text)
    heldBytes += text.count
  }

  private final class Place: ResultSink {
    private let index: Int
    private let owner: OrderedOutput

    init(index: Int, owner: OrderedOutput) {
      self.index = index
      self.owner = owner
    }

    var isSeen: Bool { owner.target.isSeen }
    var isFull: Bool { index != owner.turns.turn && owner.heldBytes >= owner.limitBytes }
    var failure: String? { nil }
    func write(_ text: UnsafeRawBufferPointer) { owner.write(text, index) }
    func finish() { owner.finish(index) }
  }
}
