import Glibc
import Support
import Testing

@testable import Streams

struct PieceRingTests {
  private func append(_ bytes: [UInt8], split: Int, to ring: inout PieceRing<Int>) {
    bytes.withUnsafeBytes {
      ring.append(
        UnsafeRawBufferPointer(rebasing: $0[..<split]), UnsafeRawBufferPointer(rebasing: $0[split...]),
        label: bytes.count)
    }
  }

  private func pieces(_ ring: borrowing PieceRing<Int>) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    ring.visit { pieces.append(Array($1)) }
    return pieces
  }

  @Test(arguments: Seed.fresh)
  func `pieces of all sizes come out as they went in, however the ring wraps, grows and shrinks`(_ seed: Seed) {
    var random = seed.random
    var ring = PieceRing<Int>()
    // Each piece is a part of this, at a place of its own: compared as memory, as a loop over megabytes takes seconds
    // in a debug build.
    let audio = (0..<60_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    var expected: [Range<Int>] = []
    var held = 0
    for step in 0..<2000 {
      // Long phases of filling and of emptying, so that it grows, starts anew and shrinks.
      let fills = Int.random(in: 0..<10, using: &random) < (step / 250 % 2 == 0 ? 7 : 3)
      if fills || expected.isEmpty {
        let size = [0, 1, 7, 320, 3200, 50_000].randomElement(using: &random) ?? 0
        let place = Int.random(in: 0...audio.count - size, using: &random)
        let split = Int.random(in: 0...size, using: &random)
        audio.withUnsafeBytes {
          ring.append(
            UnsafeRawBufferPointer(rebasing: $0[place..<place + split]),
            UnsafeRawBufferPointer(rebasing: $0[place + split..<place + size]), label: place)
        }
        expected.append(place..<place + size)
        held += size
      } else {
        let (label, first) = (ring.removeFirst(), expected.removeFirst())
        #expect(label == first.lowerBound)
        held -= first.count
      }
      let count = ring.count
      #expect(count == held)
      if step % 7 == 0 {
        var same: [Bool] = []
        audio.withUnsafeBytes { audio in
          ring.visit { label, piece in
            guard same.count < expected.count else { return same.append(false) }
            let place = expected[same.count]
            let isSame = piece.baseAddress.map { memcmp($0, audio.baseAddress! + place.lowerBound, piece.count) == 0 }
            same.append(label == place.lowerBound && piece.count == place.count && isSame ?? true)
          }
        }
        #expect(same == [Bool](repeating: true, count: expected.count))
      }
    }
  }

  @Test func `an empty piece stays when the memory has gone that it was moved in`() {
    var ring = PieceRing<Int>()
    append([UInt8](repeating: 1, count: 100), split: 1, to: &ring)
    append([UInt8](repeating: 2, count: 8), split: 1, to: &ring)
    append([], split: 0, to: &ring)
    ring.removeFirst()
    ring.trim()
    ring.removeFirst()
    #expect(pieces(ring) == [[]])
  }

  @Test func `the pieces named are replaced by silence, and no others`() {
    var ring = PieceRing<Int>()
    for number: UInt8 in 1...4 { append([number, number], split: 1, to: &ring) }
    ring.removeFirst()
    ring.silence(1..<2)
    #expect(pieces(ring) == [[2, 2], [0, 0], [4, 4]])
  }
}
