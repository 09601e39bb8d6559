import JSON
import Recognition

/// What was recognised in a stream so far, for its receipt: JSON as the worker wrote it.
struct SegmentLog {
  /// The members of an array, with commas between.
  private var members: [UInt8] = []
  /// How many partials the workers before this one left out, and this one.
  private var shedBefore = 0
  private var shed = 0
  /// From where another worker would need the stream's sound; nil when from nowhere.
  private(set) var checkpoint: Checkpoint?

  var partialsShed: Int { shedBefore + shed }

  /// Takes what came with a reply: a JSON array of segments or none, and where the worker stands.
  mutating func take(_ segments: UnsafeRawBufferPointer?, shed: Int, checkpoint: Checkpoint?) {
    self.shed = shed
    self.checkpoint = checkpoint
    guard let segments, segments.count > 2, members.count + segments.count <= StreamLimits.segmentBytes else { return }
    if !members.isEmpty { members.append(UInt8(ascii: ",")) }
    members.append(contentsOf: segments.dropFirst().dropLast())
  }

  /// Another worker is not to have the sound before `frame`.
  mutating func giveUpSound(before frame: Int) {
    checkpoint = checkpoint.map { Checkpoint(frame: UInt64(frame), segments: $0.segments) }
  }

  /// The next worker counts anew.
  mutating func workerLost() {
    shedBefore += shed
    shed = 0
  }

  /// Everything, in order.
  var segments: [JSONValue] {
    let array = [UInt8(ascii: "[")] + members + [UInt8(ascii: "]")]
    return (try? array.withUnsafeBytes { try JSONValue(parsing: $0) })?.array ?? []
  }
}
