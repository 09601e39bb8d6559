/// Standard output for concurrent streams: the results of each stream in one piece, in the order of the streams.
///
/// Results that arrive before their turn are held. When too much is held, all streams but the one whose turn it is must
/// wait.
final class OrderedOutput {
  /// The most that is held: some hours of audio as `jsonl`, the largest kind.
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

  /// The sink of stream `index`.
  func sink(_ index: Int) -> any ResultSink { Place(index: index, owner: self) }

  /// Stream `index` writes no more.
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
