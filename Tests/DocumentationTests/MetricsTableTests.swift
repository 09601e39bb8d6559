import Glibc
import Support
import Testing

@Suite struct MetricsTableTests {
  /// `make docs` sets `WRITE_DOCS`: then the table is written first.
  @Test func `the table of metrics in docs-operations has what the server reports`() throws {
    let path = "\(TextFile.repository)/\(MetricsTable.path)"
    let page = try #require(TextFile.read(path))
    let begin = try #require(page.firstRange(of: MetricsTable.begin)?.upperBound)
    let end = page[begin...].firstRange(of: "\n\n")?.lowerBound ?? page.endIndex
    let present = String(page[begin..<end]) + "\n"
    if getenv("WRITE_DOCS") != nil {
      try TextFile.write((page[..<begin] + MetricsTable.rows.dropLast() + page[end...]).utf8, to: path)
    } else {
      #expect(present == MetricsTable.rows, "\(MetricsTable.path) differs from the metrics: run make docs")
    }
  }
}
