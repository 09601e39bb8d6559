import Recognition
import Testing

@testable import WorkerLink

/// Frames in memory that their writer lends, and the frames that say so.
@Suite struct LentFramesTests {
  private static let stream = StreamID(gateway: 1, number: 1)

  /// Number of frames that a frame `lent` names, in memory of so many bytes.
  private func lent(_ range: Range<Int>, of bytes: Int) throws -> Int {
    let region = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 16)
    defer { region.deallocate() }
    region.initializeMemory(as: UInt8.self, repeating: 0)
    let writer = FrameWriter()
    writer.shutdown()
    // As many empty frames as fit.
    for start in stride(from: range.lowerBound, to: min(range.upperBound, bytes - 7), by: 8) {
      UnsafeMutableRawBufferPointer(rebasing: region[start...]).copyMemory(from: writer.bytes)
    }
    return try withUnsafeBytes(of: FrameWriter.lent(range)) { bytes in
      guard var frames = try LentFrames(Frame(prefixOf: bytes), in: UnsafeRawBufferPointer(region)) else { return -1 }
      var count = 0
      while try frames.next() != nil { count += 1 }
      return count
    }
  }

  @Test func `the frames in a part of the memory are read, and no others`() throws {
    #expect(try lent(0..<8, of: 64) == 1)
    #expect(try lent(16..<40, of: 64) == 3)
    #expect(try lent(0..<64, of: 64) == 8)
  }

  @Test func `a frame that says nothing of memory lends none`() throws {
    let writer = FrameWriter()
    writer.close(Self.stream)
    let frames = try LentFrames(Frame(prefixOf: writer.bytes), in: UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(frames == nil)
  }

  @Test(arguments: [(0, 65), (64, 1), (72, 8), (8, 0), (Int(UInt32.max), Int(UInt32.max))])
  func `what lies outside of the memory, or is nothing, is an error`(_ start: Int, _ count: Int) {
    #expect(throws: WorkerLinkError.malformed("\(count) bytes lent at \(start) of 64")) {
      try lent(start..<start + count, of: 64)
    }
  }

  @Test(arguments: [1, 7, 9, 15]) func `memory that ends within a frame is an error`(_ count: Int) {
    #expect(throws: WorkerLinkError.malformed("lent memory that ends within a frame")) {
      try lent(0..<count, of: 64)
    }
  }

  @Test func `so is a frame whose body goes on after it`() throws {
    let writer = FrameWriter()
    writer.close(Self.stream)
    var whole = LentFrames(writer.bytes)
    #expect(try whole.next() != nil)
    #expect(try whole.next() == nil)
    var cut = LentFrames(UnsafeRawBufferPointer(rebasing: writer.bytes.dropLast(8)))
    #expect(throws: WorkerLinkError.malformed("lent memory that ends within a frame")) { try cut.next() }
  }

  @Test func `memory can be lent only where some is shared, and returned only where some was lent`() throws {
    try withUnsafeBytes(of: FrameWriter.lent(0..<8)) { bytes in
      let frame = try Frame(prefixOf: bytes)
      #expect(throws: WorkerLinkError.malformed("lent memory where none is shared")) { try WorkerRequest(frame) }
      #expect(throws: WorkerLinkError.malformed("a frame `lent` from a worker")) { try WorkerReply(frame) }
    }
    let writer = FrameWriter()
    writer.returned()
    let frame = try Frame(prefixOf: writer.bytes)
    #expect(frame.returnsMemory)
    #expect(throws: WorkerLinkError.malformed("memory returned that was not lent")) { try WorkerReply(frame) }
    #expect(throws: WorkerLinkError.malformed("a frame `returned` to a worker")) { try WorkerRequest(frame) }
  }
}
