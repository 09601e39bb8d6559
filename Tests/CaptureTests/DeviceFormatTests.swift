import Testing

@testable import Capture

@Suite struct DeviceFormatTests {
  private static let deviceSamples: [(DeviceEncoding, [UInt8], [Float])] = [
    (.u8, [0x00, 0x80, 0xFF], [-1, 0, 127.0 / 128]),
    (.s24, [0x00, 0x00, 0x80, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x40], [-1, -1.0 / 8_388_608, 0.5]),
    (.s24in32, [0x00, 0x00, 0xC0, 0x7F, 0x00, 0x00, 0x40, 0xFF], [-0.5, 0.5]),
    (.s32, [0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x20], [-1, 0.25]),
    (.f32, [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0], [1, -2]),
  ]

  @Test(arguments: deviceSamples)
  func `a device's samples are read at full scale 1`(_ encoding: DeviceEncoding, _ bytes: [UInt8], _ expected: [Float])
  {
    var samples = [Float](repeating: 9, count: expected.count)
    let count = bytes.withUnsafeBytes { source in
      samples.withUnsafeMutableBufferPointer { encoding.decode(source, into: $0) }
    }
    #expect(count == expected.count)
    #expect(samples == expected)
  }
}
