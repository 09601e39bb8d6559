import Support
import Testing

@testable import Dialects

struct PlainWordTests {
  @Test(arguments: [
    ("Mr.", "mr"), ("ill-disposed,", "ill-disposed"), ("Yes, —  sir!", "yes sir"), ("…", ""), ("", ""), ("«Да»?", "да"),
    ("don't", "don't"), ("\t12\r\n345 ", "12 345"), ("Cafe\u{301}!", "cafe\u{301}"),
  ])
  func `a plain text is its words in lower case, without marks around them`(written: String, plain: String) {
    #expect(PlainWord.text(of: written) == plain)
  }

  @Test func `a bare word keeps its case`() {
    #expect(PlainWord.bare("(Mr.") == "Mr")
    #expect(PlainWord.bare("—") == "")
    #expect(PlainWord.bare("«Да»?") == "Да")
  }

  @Test(arguments: Seed.fresh) func `bytes of ASCII are told apart as characters are`(_ seed: Seed) {
    for byte in UInt8(0)..<0x80 {
      let character = Character(Unicode.Scalar(byte))
      #expect(byte.isSpoken == character.isSpoken && byte.isBlank == character.isBlank, "\(byte)")
    }
    var random = seed.random
    for _ in 0..<500 {
      let text = String(
        (0..<Int.random(in: 0...20, using: &random)).map { _ in
          Character(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &random)))
        })
      // With a letter that is none of ASCII, characters are looked at.
      let (bytes, characters) = (WrittenPiece.pieces(of: text), WrittenPiece.pieces(of: text + " é"))
      #expect(bytes.map(\.text) == characters.dropLast().map(\.text))
      #expect(bytes.map(\.spoken) == characters.dropLast().map(\.spoken))
    }
  }
}
