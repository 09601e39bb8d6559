import Audio
import Testing

@testable import Capture

struct FramerTests {
  /// What comes out when `bytes` go in by pieces of these sizes in turn.
  private func chunks(of bytes: [UInt8], pieces: [Int], framer: inout Framer) -> [[UInt8]] {
    var out: [[UInt8]] = []
    var rest = bytes[...]
    var turn = 0
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces[turn % pieces.count]))
      rest = rest.dropFirst(piece.count)
      turn += 1
      piece.withUnsafeBytes { framer.append($0) { out.append(Array($0)) } }
    }
    return out
  }

  @Test(arguments: [[1], [3], [7, 1], [10], [11], [100], [9, 25, 2]])
  func `chunks have one size and all bytes in order, however they came`(_ pieces: [Int]) {
    let bytes = (0..<97).map { UInt8($0) }
    var framer = Framer(chunkBytes: 10)
    var out = chunks(of: bytes, pieces: pieces, framer: &framer)
    #expect(out.map(\.count) == Array(repeating: 10, count: 9))
    #expect(framer.heldBytes == 7)
    framer.finish { out.append(Array($0)) }
    #expect(out.last?.count == 7)
    #expect(out.flatMap { $0 } == bytes)
  }

  @Test func `a stream of whole chunks leaves nothing over`() {
    var framer = Framer(format: AudioFormat(sampleRate: 8000, channels: 2, encoding: .s16le), frames: 5)
    #expect(framer.chunkBytes == 20)
    #expect(chunks(of: Array(repeating: 1, count: 60), pieces: [60], framer: &framer).count == 3)
    framer.finish { _ in Issue.record("nothing is left") }
  }

  @Test func `an empty piece and an empty stream are nothing`() {
    var framer = Framer(chunkBytes: 4)
    framer.append(UnsafeRawBufferPointer(start: nil, count: 0)) { _ in Issue.record("no chunk is full") }
    framer.finish { _ in Issue.record("nothing came in") }
  }

  @Test func `a finished framer takes another stream`() {
    var framer = Framer(chunkBytes: 4)
    _ = chunks(of: [1, 2, 3], pieces: [3], framer: &framer)
    framer.finish { #expect(Array($0) == [1, 2, 3]) }
    #expect(chunks(of: [4, 5, 6, 7], pieces: [2], framer: &framer) == [[4, 5, 6, 7]])
  }
}
