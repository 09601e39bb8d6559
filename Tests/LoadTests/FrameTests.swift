import Testing

@testable import LoadBenchmark

@Suite struct FrameTests {
  private func first(_ bytes: [UInt8]) -> (opcode: UInt8, payload: [UInt8], size: Int)? {
    bytes.withUnsafeBytes { bytes in
      guard case .frame(let opcode, let payload, let size) = ServerFrame.first(in: bytes) else { return nil }
      return (opcode, Array(payload), size)
    }
  }

  private func isInvalid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { if case .invalid = ServerFrame.first(in: $0) { true } else { false } }
  }

  @Test(arguments: [(1, 6), (125, 6), (126, 8), (65_535, 8), (65_536, 14)])
  func `a client's frame has its length and its mask in front`(bytes: Int, headerBytes: Int) {
    let payload = FrameTrain.noise(bytes: bytes)
    let frame = FrameTrain.frame(opcode: 0x82, payload)
    #expect(frame.count == headerBytes + bytes)
    #expect(frame[0] == 0x82)
    let length = frame[1] & 0x7f
    let told = frame[2..<headerBytes - 4].reduce(0) { $0 << 8 | Int($1) }
    #expect(frame[1] & 0x80 != 0)
    #expect(length < 126 ? Int(length) == bytes : told == bytes)
    let unmasked = frame[headerBytes...].enumerated().map { $1 ^ FrameTrain.mask[$0 & 3] }
    #expect(unmasked == payload)
  }

  @Test func `a train gives the rest of a frame, and ends where it ends`() {
    let train = FrameTrain(LoadPlan(pace: .closed(inFlight: 3), connections: 1, chunkBytes: 10))
    #expect(train.frameBytes == 16)
    #expect(train.next(pending: 1, offset: 0).count == 16)
    #expect(train.next(pending: 2, offset: 7).count == 25)
    // Four frames, the power of two above three.
    #expect(train.next(pending: 9, offset: 0).count == 64)
    let frame = Array(train.next(pending: 1, offset: 0))
    #expect(Array(train.next(pending: 2, offset: 15)) == [frame[15]] + frame)
  }

  @Test func `noise is the same each time, and is neither silent nor clipped`() {
    let noise = FrameTrain.noise(bytes: 3200)
    #expect(noise == FrameTrain.noise(bytes: 3200))
    let samples = stride(from: 0, to: 3200, by: 2).map {
      Int16(bitPattern: UInt16(noise[$0]) | UInt16(noise[$0 + 1]) << 8)
    }
    #expect(samples.allSatisfy { abs(Int($0)) <= 16_384 })
    #expect(samples.contains { abs(Int($0)) > 12_000 })
  }

  @Test func `a server's frames are taken one by one, and a part of one waits`() {
    let text = Array("hello".utf8)
    let bytes = [0x81, 5] + text + [0x89, 0, 0x81]
    #expect(first(bytes).map { [$0.opcode] + $0.payload } == [1] + text)
    #expect(first(Array(bytes[7...]))?.opcode == 9)
    #expect(first(Array(bytes[9...])) == nil && !isInvalid(Array(bytes[9...])))
    #expect(first(Array(bytes[..<6])) == nil && !isInvalid(Array(bytes[..<6])))
  }

  @Test func `a longer frame tells its length in two bytes`() {
    let frame = first([0x81, 126, 1, 44] + [UInt8](repeating: 7, count: 300))
    #expect(frame?.payload.count == 300)
    #expect(frame?.size == 304)
    #expect(first([0x81, 126, 1]) == nil)
  }

  @Test(arguments: [[0x81, 0x80], [0x01, 1], [0xc1, 1], [0x81, 127], [0x81, 126, 0x20, 0]] as [[UInt8]])
  func `what no server of ours sends is invalid`(bytes: [UInt8]) {
    #expect(isInvalid(bytes))
  }
}
