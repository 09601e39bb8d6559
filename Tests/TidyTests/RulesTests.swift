import Testing

/// Every rule is shown something it must object to, and its nearest neighbour that it must not.
@Suite struct RulesTests {
  static let manifest = Manifest(
    """
    let package = Package(
      targets: [
        .systemLibrary(name: "CAlsa", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "CLLHTTP", linkerSettings: [.linkedLibrary("ssl")]),
        // In order.
        library("JSON"),
        library("Capture", "JSON", "CAlsa"),
        library("EngineMock", "JSON", path: "Sources/Engines/Mock"),
        program("Server", "JSON"),
        benchmark("Load", "JSON"),
        .target(
          name: "Support", dependencies: ["JSON", "CLinux"], path: "Tests/Support",
          exclude: ["virtual-microphone"], swiftSettings: settings),
        tests("JSON", "JSON"),
        tests("Service", "Server", path: "Tests/Service"),
      ],
      swiftLanguageModes: [.v6]
    )
    """)

  private func messages(_ path: String, _ text: String) -> [String] {
    Rules.findings([SourceFile(path, text)], Self.manifest).filter { $0.path == path }.map(\.message)
  }

  @Test func `the manifest's targets are read with their paths and dependencies`() {
    let manifest = Self.manifest
    #expect(
      manifest.targets.map(\.name) == [
        "CAlsa", "CLinux", "CLLHTTP", "JSON", "Capture", "EngineMock", "Server", "LoadBenchmark", "Support",
        "JSONTests",
        "ServiceTests",
      ])
    #expect(manifest["Capture"]?.dependencies == ["JSON", "CAlsa"])
    #expect(manifest["CLLHTTP"]?.dependencies == [])
    #expect(manifest["Support"]?.dependencies == ["JSON", "CLinux"])
    #expect(
      manifest.targets.map(\.path).suffix(6) == [
        "Sources/Engines/Mock", "Sources/Server", "Benchmarks/Load", "Tests/Support", "Tests/JSONTests",
        "Tests/Service",
      ])
    #expect(manifest.target(of: "Sources/Engines/Mock/A.swift")?.name == "EngineMock")
    #expect(manifest.modules.map(\.name) == ["JSON", "Capture", "EngineMock", "Server"])
    #expect(["CAlsa", "Capture", "JSON"].map(manifest.isC) == [true, false, false])
  }

  @Test func `a file over four hundred lines is too long, one of four hundred is not`() {
    let line = "let a = 1\n"
    #expect(messages("Sources/JSON/A.swift", String(repeating: line, count: 400)) == [])
    #expect(messages("Sources/JSON/A.swift", String(repeating: line, count: 401)).first?.contains("401 lines") == true)
  }

  @Test(arguments: ["TO" + "DO: later", "// FIX" + "ME", "a XX" + "X b", "# HA" + "CK"])
  func `unfinished work is found in any kind of file`(_ line: String) {
    for path in ["Sources/JSON/A.swift", "Scripts/setup", "README.md"] {
      let findings = Rules.unfinishedWork(SourceFile(path, "fine\n\(line)\n"), Self.manifest)
      #expect(findings.map(\.line) == [2])
    }
  }

  @Test func `words that only contain a mark are fine`() {
    #expect(Rules.unfinishedWork(SourceFile("README.md", "hackney mastodon XX" + "XL TODOS"), Self.manifest).isEmpty)
  }

  @Test(arguments: [("JSON", "Glibc"), ("JSON", "CLinux"), ("Capture", "Foundation"), ("Server", "Dispatch")])
  func `a module imports nothing of the system that it may not`(_ module: String, _ imported: String) {
    let findings = Rules.imports(SourceFile("Sources/\(module)/A.swift", "public import \(imported)\n"), Self.manifest)
    #expect(findings.count == 1)
    #expect(findings.first?.message.contains(imported) == true)
  }

  @Test(arguments: [("Capture", "JSON"), ("Capture", "CAlsa"), ("Server", "Synchronization"), ("Server", "Glibc")])
  func `a module imports ours, C and the standard library`(_ module: String, _ imported: String) {
    #expect(
      Rules.imports(SourceFile("Sources/\(module)/A.swift", "internal import \(imported)\n"), Self.manifest).isEmpty)
  }

  @Test func `an import may be spelled in every way`() {
    func module(_ line: Substring) -> String? { importedModule(line.words) }
    #expect(module("import Glibc") == "Glibc")
    #expect(module("@testable import Server") == "Server")
    #expect(module("@preconcurrency public import CAlsa") == "CAlsa")
    #expect(module("import struct Foundation.Data") == "Foundation")
    #expect(module("let import = 1") == nil)
  }

  @Test func `a source file that no target has is found`() {
    #expect(Rules.imports(SourceFile("Sources/Attic/A.swift", "let a = 1"), Self.manifest).count == 1)
  }

  @Test func `a dependency that nothing imports is found, one on a program that a test starts is not`() {
    let files = [
      SourceFile("Sources/Capture/A.swift", "import JSON"), SourceFile("Sources/Server/A.swift", "import JSON"),
    ]
    let findings = Rules.dependencies(files, Self.manifest).map(\.message)
    #expect(findings.contains("Capture declares CAlsa and imports it nowhere: take it out of the list"))
    #expect(!findings.contains { $0.contains("Server declares JSON") || $0.contains("ServiceTests declares Server") })
  }

  @Test func `the second file to import a C library is found, and a public import`() {
    let one = SourceFile("Sources/Capture/Alsa.swift", "internal import CAlsa")
    let two = SourceFile("Sources/Capture/Microphone.swift", "internal import CAlsa\ninternal import CLinux")
    #expect(Rules.oneOwner([one], Self.manifest).isEmpty)
    let findings = Rules.oneOwner([one, two], Self.manifest)
    #expect(findings.map(\.path) == ["Sources/Capture/Microphone.swift"])
    #expect(findings.first?.message.contains("Sources/Capture/Alsa.swift") == true)
    for line in ["public import CAlsa", "import CAlsa"] {
      #expect(Rules.oneOwner([SourceFile("Sources/Capture/Alsa.swift", line)], Self.manifest).count == 1)
    }
  }

  @Test func `C of our own has its place`() {
    func findings(_ path: String) -> Int { Rules.cModules([SourceFile(path, "")], Self.manifest).count }
    #expect(findings("Sources/CAlsa/shim.h") == 0)
    #expect(findings("Sources/CLLHTTP/api.c") == 0)
    #expect(findings("Sources/CAlsa/more.c") == 1)
  }

  @Test func `XCTest is not used`() {
    #expect(messages("Tests/JSONTests/A.swift", "import XCTest").count == 1)
    #expect(messages("Tests/JSONTests/A.swift", "import Testing") == [])
  }

  @Test(arguments: [
    "final class SessionManager {", "public struct JSONHelper: Sendable {", "enum Utils {", "let sessionManager = 1",
  ])
  func `a name that says nothing is found`(_ line: String) {
    #expect(Rules.banned(SourceFile("Sources/Server/Session.swift", line), Self.manifest).count == 1)
  }

  @Test func `a file with a name that says nothing is found`() {
    #expect(Rules.banned(SourceFile("Tests/Support/TestHelpers.swift", "struct Tone {}"), Self.manifest).count == 1)
    #expect(Rules.banned(SourceFile("Tests/Support/Tone.swift", "struct Tone {}"), Self.manifest).isEmpty)
    #expect(Rules.parts("soundPace2JSON_ab") == ["sound", "pace", "json", "ab"])
  }

  @Test func `a type called like its module is found, one inside another type is not`() {
    #expect(
      Rules.names(SourceFile("Sources/Capture/Capture.swift", "public struct Capture {}"), Self.manifest).count == 1)
    #expect(
      Rules.names(SourceFile("Sources/Capture/A.swift", "struct A {\n  struct Capture {}\n}"), Self.manifest).isEmpty)
  }

  @Test(arguments: ["print(\"a\")", "  fputs(text, stdout)", "    puts(\"a\")", "printf(\"%d\", a)"])
  func `a library that writes to standard output is found`(_ line: String) {
    #expect(Rules.output(SourceFile("Sources/JSON/A.swift", line), Self.manifest).count == 1)
    #expect(Rules.output(SourceFile("Sources/Server/A.swift", line), Self.manifest).isEmpty)
  }

  @Test(arguments: [
    "// print(a)", "let a = \"print(b)\"", "fputs(text, stderr)", "table.print(row)", "func print(_ a: Int)",
  ])
  func `what only looks like writing to standard output is fine`(_ line: String) {
    #expect(Rules.output(SourceFile("Sources/JSON/A.swift", line), Self.manifest).isEmpty)
  }

  @Test func `a type names its file`() {
    func findings(_ path: String, _ text: String) -> Int { Rules.home(SourceFile(path, text), Self.manifest).count }
    #expect(findings("Sources/JSON/Receipt.swift", "public struct Receipt {\n}") == 0)
    #expect(findings("Sources/JSON/Receipt+json.swift", "extension Receipt {\n}") == 0)
    #expect(findings("Sources/JSON/Receipt.swift", "public enum Summary {\n}") == 1)
    #expect(findings("Sources/Capture/Alsa.swift", "import CAlsa\nfinal class Watcher {}") == 0)
    #expect(findings("Sources/Capture/Alsa.swift", "import JSON\nfinal class Watcher {}") == 1)
    #expect(findings("Sources/JSON/Receipt.swift", "enum Summary {\n  struct Receipt {}\n}") == 1)
  }

  @Test func `a test's name is a sentence`() {
    #expect(messages("Tests/JSONTests/A.swift", "@Test func emptyChunk() {").count == 1)
    #expect(messages("Tests/JSONTests/A.swift", "@Test(arguments: [1])\nfunc each(_ a: Int) {").count == 1)
    #expect(messages("Tests/JSONTests/A.swift", "@Test func `one is one`() {\nfunc inner() {") == [])
  }

  @Test func `a suite that starts a program is named in the script that runs it alone`() {
    func findings(_ script: String) -> [String] {
      let suite = SourceFile("Tests/JSONTests/A.swift", "struct ATests {\n  @Test func `a`() { Program(\"a\") }\n}")
      return Rules.parts([suite, SourceFile("Scripts/check", script)], Self.manifest).map(\.message)
    }
    #expect(findings("machine=(\n  JSONTests.ATests\n)\n") == [])
    #expect(findings("machine=(JSONTests)\n") == [])
    #expect(findings("machine=()\nlong=()\n").first?.contains("name JSONTests.ATests") == true)
    #expect(findings("machine=(JSONTests)\nlong=(GoneTests)\n").first?.contains("GoneTests") == true)
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
    #expect(messages("Sources/JSON/A.swift", ##"let a = #"\"#; print(a)"##).count == 1)
  }
}
