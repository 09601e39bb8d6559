/// The text of one chunk, final at once.
public struct ChunkText: Equatable, Sendable {
  /// The number of its segment.
  public var segment: Int
  public var text: String

  public init(segment: Int, text: String) {
    self.segment = segment
    self.text = text
  }
}
