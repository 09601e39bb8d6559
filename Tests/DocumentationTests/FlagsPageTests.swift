import Glibc
import Support
import Testing

@Suite struct FlagsPageTests {
  /// `make docs` sets `WRITE_DOCS`: then the page is written first.
  @Test func `docs-flags lists the flags as they are declared`() throws {
    let path = "\(TextFile.repository)/\(FlagsPage.path)"
    if getenv("WRITE_DOCS") != nil { try TextFile.write(FlagsPage.text.utf8, to: path) }
    #expect(TextFile.read(path) == FlagsPage.text, "\(FlagsPage.path) differs from the flags: run make docs")
  }
}
