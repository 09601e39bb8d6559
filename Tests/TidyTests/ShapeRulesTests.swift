import Testing

@Suite struct ShapeRulesTests {
  private let manifest = RulesTests.manifest

  @Test func `stored properties are counted, computed and static ones and locals are not`() {
    let text = """
      @Suite public struct A {
        public let a: [Int: (Int, Int)], other: (A, B) -> C
        private(set) var b = 1
        var c: Int { 1 }
        var d: Int {
          let e = 1
          return e
        }
        static let f = 1
        var g = { 1 }()
        lazy var h: Int = { let i = 1; return i }()
        var j: Int { didSet { b = 2 } }
        weak var owner: B?
        @exclusivity(unchecked) private var p = 1
        func k(let: Int) { var l = 1 }
        final class B {
          var m = 1
        }
        enum C { case n }
      }
      extension A {
        var o: Int { 1 }
      }
      """
    let shapes = SourceFile("Sources/JSON/A.swift", text).shapes
    #expect(shapes.map(\.name) == ["A", "B"])
    #expect(shapes.map(\.storedProperties) == [8, 1])
  }

  @Test func `a type of thirteen stored properties is found, one of twelve is not`() {
    func findings(_ path: String, _ count: Int) -> [Finding] {
      let lines = (0..<count).map { "  var a\($0) = 1\n" }.joined()
      return Rules.storedProperties(SourceFile(path, "struct A {\n\(lines)}\n"), manifest)
    }
    #expect(findings("Sources/JSON/A.swift", 12).isEmpty)
    #expect(findings("Sources/JSON/A.swift", 13).map(\.line) == [1])
    #expect(findings("Tests/JSONTests/A.swift", 13).isEmpty)
  }

  @Test func `an access that is not checked needs a figure above it`() {
    func messages(_ text: String) -> [Finding] {
      Rules.uncheckedAccess(SourceFile("Sources/JSON/A.swift", text), manifest)
    }
    let access = "  @exclusivity(unchecked) var a = 1\n"
    #expect(messages("final class A {\n\(access)}\n").count == 1)
    #expect(messages("/// Takes 7.\n\nfinal class A {\n  // Often.\n\(access)}\n").count == 1)
    #expect(messages("final class A {\n  unowned(unsafe) var b: B\n}\n").count == 1)
    #expect(messages("final class A {\n  // Checks took 2 %.\n  var b = 1\n\(access)}\n") == [])
    #expect(messages("/// Checks would take 540 instructions.\nfinal class A {\n\(access)}\n") == [])
  }

  @Test func `a circle of four files is found, one of three and a chain are not`() {
    func findings(_ arrows: [(String, String)]) -> [String] {
      let files = arrows.map { SourceFile("Sources/JSON/\($0).swift", "struct \($0) {\n  let a: [\($1)]\n}") }
      return Rules.circles(files, manifest).map(\.message)
    }
    #expect(findings([("A", "B"), ("B", "C"), ("C", "A"), ("D", "A")]) == [])
    #expect(findings([("A", "B"), ("B", "C"), ("C", "D"), ("D", "Int")]) == [])
    let four = findings([("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")])
    #expect(four.count == 1)
    #expect(four.first?.hasPrefix("A.swift, B.swift, C.swift, D.swift refer") == true)
  }
}
