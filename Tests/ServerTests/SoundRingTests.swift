import Testing

@testable import Server

struct SoundRingTests {
  private func append(_ bytes: [UInt8], split: Int, to ring: inout SoundRing) {
    bytes.withUnsafeBytes {
      ring.append(UnsafeRawBufferPointer(rebasing: $0[..<split]), UnsafeRawBufferPointer(rebasing: $0[split...]))
    }
  }

  private func pieces(_ ring: borrowing SoundRing) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    ring.visit { pieces.append(Array($0)) }
    return pieces
  }

  @Test func `pieces of every size come out as they went in, however the ring turns and grows`() {
    var random = SystemRandomNumberGenerator()
    var ring = SoundRing()
    var expected: [[UInt8]] = []
    for step in 0..<4000 {
      // Long phases of filling and of emptying, so that it grows, begins anew and shrinks.
      let fills = Int.random(in: 0..<10, using: &random) < (step / 500 % 2 == 0 ? 7 : 3)
      if fills || expected.isEmpty {
        let size = [0, 1, 7, 320, 3200, 50_000].randomElement(using: &random) ?? 0
        let piece = [UInt8](repeating: UInt8(step & 0xFF), count: size)
        append(piece, split: Int.random(in: 0...size, using: &random), to: &ring)
        expected.append(piece)
      } else {
        ring.removeFirst()
        expected.removeFirst()
      }
      let count = ring.count
      #expect(count == expected.reduce(0) { $0 + $1.count })
      if step % 7 == 0 { #expect(pieces(ring) == expected) }
    }
  }

  @Test func `silence is put in place of the pieces named, and of no others`() {
    var ring = SoundRing()
    for number: UInt8 in 1...4 { append([number, number], split: 1, to: &ring) }
    ring.removeFirst()
    ring.silence(1..<2)
    #expect(pieces(ring) == [[2, 2], [0, 0], [4, 4]])
  }
}
