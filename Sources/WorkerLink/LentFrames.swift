/// Whole frames in memory that their writer has lent: read where they are.
public struct LentFrames {
  private var rest: UnsafeRawBufferPointer

  /// - Parameters:
  ///   - frame: says which bytes are lent, if it is of that kind.
  ///   - region: the memory that both sides have.
  public init?(_ frame: Frame, in region: UnsafeRawBufferPointer) throws(WorkerLinkError) {
    guard frame.kind == .lent else { return nil }
    let (start, count) = (Int(frame.u32(at: 0)), Int(frame.u32(at: 4)))
    guard count > 0, start + count <= region.count else {
      throw .malformed("\(count) bytes lent at \(start) of \(region.count)")
    }
    self.init(UnsafeRawBufferPointer(rebasing: region[start..<start + count]))
  }

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  /// The next frame, or nil: that was the last.
  public mutating func next() throws(WorkerLinkError) -> Frame? {
    guard !rest.isEmpty else { return nil }
    guard rest.count >= FrameKind.prefixBytes else { throw .malformed("lent memory that ends within a frame") }
    let frame = try Frame(prefixOf: rest)
    guard frame.paddedBytes <= rest.count else { throw .malformed("lent memory that ends within a frame") }
    rest = UnsafeRawBufferPointer(rebasing: rest[frame.paddedBytes...])
    return frame
  }
}
