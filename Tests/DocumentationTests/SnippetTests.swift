import Support
import Testing

/// Code in documents is that of files that are compiled and run.
struct SnippetTests {
  private static let source = "examples/swift/Sources/Transcribe/main.swift"

  /// The first block of Swift in a document.
  private func snippet(of document: String) throws -> String {
    let text = try #require(TextFile.read("\(TextFile.repository)/\(document)"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = try #require(lines.firstIndex(of: "```swift"))
    let rest = lines[(first + 1)...]
    return rest[..<(try #require(rest.firstIndex(of: "```")))].joined(separator: "\n")
  }

  @Test(arguments: ["README.md", "README.ru.md"])
  func `the snippet is the example, without its comment`(_ document: String) throws {
    let source = try #require(TextFile.read("\(TextFile.repository)/\(Self.source)"))
    let code = source.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("//") }
    #expect(try snippet(of: document) + "\n" == code.joined(separator: "\n"))
  }
}
