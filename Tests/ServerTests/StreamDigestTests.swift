import Testing

@testable import Server

struct StreamDigestTests {
  @Test func `the digest is SHA-256, piecewise as at once`() {
    let digest = StreamDigest()
    #expect(digest.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    Array("a".utf8).withUnsafeBytes { digest.update($0) }
    _ = digest.hexadecimal
    Array("bc".utf8).withUnsafeBytes { digest.update($0) }
    #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
