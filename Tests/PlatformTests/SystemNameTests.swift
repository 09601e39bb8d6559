import Platform
import Testing

struct SystemNameTests {
  @Test(arguments: [
    Array("plain.wav".utf8), Array("caf\u{E9} \u{1F600}.wav".utf8), [0x63, 0x61, 0x66, 0xE9],
    [0x83, 0x74, 0x83, 0x40, 0x83, 0x43], [0xFF, 0x00, 0xC3, 0x28, 0xE2, 0x82], Array("\u{10FEE9}".utf8),
    [0xF4, 0x8F, 0xBF], Array("e\u{301}/\u{301}".utf8), [],
  ])
  func `bytes become text and the same bytes again`(_ bytes: [UInt8]) {
    #expect(String(systemBytes: bytes).systemBytes == bytes)
  }

  @Test func `every byte alone and every pair of bytes survives`() {
    for first in UInt8.min...UInt8.max {
      for second in [0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC3, 0xE2, 0xF4, 0xFF] as [UInt8] {
        #expect(String(systemBytes: [first, second, first]).systemBytes == [first, second, first])
      }
    }
  }

  @Test func `text is unchanged, other bytes are shown by their numbers`() {
    #expect(String(systemBytes: Array("caf\u{E9}.wav".utf8)) == "caf\u{E9}.wav")
    #expect("caf\u{E9}.wav".readable == "caf\u{E9}.wav")
    #expect(String(systemBytes: [0x63, 0xE9, 0x0A]).readable == "c\\xE9\n")
    #expect("ab".systemName == [0x61, 0x62, 0])
  }

  @Test func `a path is joined and split without harm`() {
    let folder = String(systemBytes: [0x2F, 0xFC])
    #expect("\(folder)/a".systemBytes == [0x2F, 0xFC, 0x2F, 0x61])
  }
}
