import Testing

/// Every rule is shown something it must object to, and its nearest neighbour that it must not.
@Suite struct RulesTests {
  private func messages(_ path: String, _ text: String) -> [String] {
    Rules.findings([SourceFile(path, text)]).map(\.message)
  }

  @Test func `a file over four hundred lines is too long, one of four hundred is not`() {
    let line = "let a = 1\n"
    #expect(Rules.length(SourceFile("Sources/JSON/A.swift", String(repeating: line, count: 400))).isEmpty)
    let findings = Rules.length(SourceFile("Sources/JSON/A.swift", String(repeating: line, count: 401)))
    #expect(findings.count == 1)
    #expect(findings[0].message.contains("401 lines"))
  }

  @Test(arguments: ["TO" + "DO: later", "// FIX" + "ME", "a XX" + "X b", "# HA" + "CK"])
  func `unfinished work is found in any kind of file`(_ line: String) {
    for path in ["Sources/JSON/A.swift", "Scripts/setup", "README.md"] {
      let findings = Rules.words(SourceFile(path, "fine\n\(line)\n"))
      #expect(findings.map(\.line) == [2])
    }
  }

  @Test func `words that only contain a mark are fine`() {
    #expect(Rules.words(SourceFile("README.md", "hackney mastodon XX" + "XL TODOS")).isEmpty)
  }

  @Test(arguments: [
    ("JSON", "Glibc"), ("JSON", "Audio"), ("Capture", "WebSocket"), ("WebSocket", "CAlsa"),
    ("Audio", "Foundation"),
    ("Server", "Worker"), ("Server", "Capture"), ("Worker", "WebSocket"), ("Client", "WorkerLink"),
    ("Client", "Foundation"), ("Server", "FoundationEssentials"), ("WorkerLink", "Dispatch"),
    ("Recognition", "CSndFile"),
  ])
  func `a room imports nothing the picture does not allow`(_ room: String, _ module: String) {
    let findings = Rules.layering(SourceFile("Sources/\(room)/A.swift", "public import \(module)\n"))
    #expect(findings.count == 1)
    #expect(findings.first?.message.contains(module) == true)
  }

  @Test(arguments: [
    ("WorkerLink", "Audio"), ("Capture", "CAlsa"), ("IO", "CEv"), ("Server", "WorkerLink"),
    ("Worker", "Recognition"),
    ("Client", "FoundationEssentials"), ("WorkerLink", "Glibc"), ("Server", "Synchronization"),
  ])
  func `a room imports what the picture allows`(_ room: String, _ module: String) {
    #expect(Rules.layering(SourceFile("Sources/\(room)/A.swift", "internal import \(module)\n")).isEmpty)
  }

  @Test func `an import may be spelled in every way`() {
    #expect(importedModule("import Glibc") == "Glibc")
    #expect(importedModule("@testable import Server") == "Server")
    #expect(importedModule("@preconcurrency public import CAlsa") == "CAlsa")
    #expect(importedModule("import struct Foundation.Data") == "Foundation")
    #expect(importedModule("let import = 1") == nil)
  }

  @Test func `a room nobody knows is named`() {
    let findings = Rules.layering(SourceFile("Sources/Attic/A.swift", "let a = 1"))
    #expect(findings.first?.message.contains("Attic") == true)
  }

  @Test func `the second file to import a C library is found`() {
    let one = SourceFile("Sources/Capture/Alsa.swift", "internal import CAlsa")
    let two = SourceFile("Sources/Capture/Microphone.swift", "internal import CAlsa")
    #expect(Rules.oneOwner([one]).isEmpty)
    let findings = Rules.oneOwner([two, one])
    #expect(findings.map(\.path) == ["Sources/Capture/Microphone.swift"])
    #expect(findings[0].message.contains("Sources/Capture/Alsa.swift"))
  }

  @Test func `a C library is never imported publicly`() {
    #expect(Rules.oneOwner([SourceFile("Sources/Capture/Alsa.swift", "public import CAlsa")]).count == 1)
  }

  @Test func `XCTest is not used`() {
    #expect(Rules.testing(SourceFile("Tests/JSONTests/A.swift", "import XCTest")).count == 1)
    #expect(Rules.testing(SourceFile("Tests/JSONTests/A.swift", "import Testing")).isEmpty)
  }

  @Test(arguments: ["final class SessionManager {", "public struct JSONHelper: Sendable {", "enum Utils {"])
  func `a type with a name that says nothing is found`(_ line: String) {
    #expect(Rules.names(SourceFile("Sources/Server/Session.swift", line)).count == 1)
  }

  @Test func `a file with a name that says nothing is found`() {
    #expect(Rules.names(SourceFile("Tests/Support/TestHelpers.swift", "struct Tone {}")).count == 1)
    #expect(Rules.names(SourceFile("Tests/Support/Tone.swift", "struct Tone {}")).isEmpty)
  }

  @Test func `a type called like its module is found, one inside another type is not`() {
    #expect(Rules.names(SourceFile("Sources/Capture/Capture.swift", "public struct Capture {}")).count == 1)
    #expect(Rules.names(SourceFile("Sources/Capture/A.swift", "struct A {\n  struct Capture {}\n}")).isEmpty)
  }

  @Test(arguments: ["print(\"a\")", "  fputs(text, stdout)", "    puts(\"a\")", "printf(\"%d\", a)"])
  func `a library that writes to standard output is found`(_ line: String) {
    #expect(Rules.output(SourceFile("Sources/JSON/A.swift", line)).count == 1)
    #expect(Rules.output(SourceFile("Sources/Client/A.swift", line)).isEmpty)
  }

  @Test(arguments: [
    "// print(a)", "let a = \"print(b)\"", "fputs(text, stderr)", "table.print(row)", "func print(_ a: Int)",
  ])
  func `what only looks like writing to standard output is fine`(_ line: String) {
    #expect(Rules.output(SourceFile("Sources/JSON/A.swift", line)).isEmpty)
  }

  @Test func `a type names its file`() {
    #expect(Rules.home(SourceFile("Sources/JSON/Receipt.swift", "public struct Receipt {\n}")).isEmpty)
    #expect(Rules.home(SourceFile("Sources/JSON/Receipt+json.swift", "extension Receipt {\n}")).isEmpty)
    #expect(Rules.home(SourceFile("Sources/JSON/Receipt.swift", "public enum Summary {\n}")).count == 1)
    #expect(Rules.home(SourceFile("Sources/IO/LibEv.swift", "import CEv\nfinal class Watcher {}")).isEmpty)
    #expect(Rules.home(SourceFile("Sources/IO/LibEv.swift", "import Platform\nfinal class Watcher {}")).count == 1)
    #expect(Rules.home(SourceFile("Sources/JSON/Receipt.swift", "enum Summary {\n  struct Receipt {}\n}")).count == 1)
  }

  @Test func `a test's name is a sentence`() {
    #expect(Rules.sentences(SourceFile("Tests/JSONTests/A.swift", "@Test func emptyChunk() {")).count == 1)
    #expect(
      Rules.sentences(SourceFile("Tests/JSONTests/A.swift", "@Test(arguments: [1])\nfunc each(_ a: Int) {")).count == 1)
    #expect(
      Rules.sentences(SourceFile("Tests/JSONTests/A.swift", "@Test func `one is one`() {\nfunc inner() {")).isEmpty)
  }

  @Test func `a link that leads nowhere is found`() {
    let file = SourceFile(
      "docs/a.md", "[one](../README.md) and [two](gone.md#part), [web](https://a.b/c), [here](#top)")
    let findings = Rules.links(file) { $0 == "README.md" }
    #expect(findings.map(\.message) == ["the link to gone.md leads nowhere: correct it or take it out"])
  }

  @Test func `comments and strings are no code`() {
    let text = #"""
      let a = "print(1)" // print(2)
      /* import Foundation
      print(3) */ let b = 1
      let c = """
        import Foundation
        """
      """#
    #expect(messages("Sources/JSON/A.swift", text).isEmpty)
    #expect(SourceFile("A.swift", text).code.contains { $0.contains("let b = 1") })
  }

  @Test func `code after a string with an escaped quote is seen`() {
    #expect(messages("Sources/JSON/A.swift", #"let a = "\""; print(a)"#).count == 1)
  }
}
