import Platform
import Support
import Testing

@Suite struct ChangelogTests {
  private let headings: [Substring]

  init() throws {
    let text = try #require(TextFile.read("\(TextFile.repository)/CHANGELOG.md"))
    headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
  }

  /// The three numbers of a version; nil for something else.
  private static func numbers(_ version: some StringProtocol) -> [Int]? {
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    return numbers.count == 3 && !numbers.contains(nil) ? numbers.compactMap(\.self) : nil
  }

  @Test func `versions are semantic, the latest first, and that of this tree is among them`() throws {
    let titles = headings.filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
    let versions = titles.first == "Unreleased" ? titles.dropFirst() : titles[...]
    let numbers = versions.compactMap { Self.numbers($0) }
    #expect(numbers.count == versions.count, "\(versions)")
    for (later, earlier) in zip(numbers, numbers.dropFirst()) { #expect(earlier.lexicographicallyPrecedes(later)) }
    #expect(versions.first.map(String.init) == serviceVersion)
  }

  @Test func `what changed is under a heading of its kind`() {
    let kinds: Set<Substring> = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    for heading in headings where heading.hasPrefix("### ") { #expect(kinds.contains(heading.dropFirst(4))) }
  }
}
