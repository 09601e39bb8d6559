/// What Package.swift declares, read from its text: the one table of modules that the rules and the documents are held
/// to.
struct Manifest: Equatable, Sendable {
  struct Target: Equatable, Sendable {
    enum Kind: String { case system, library, program, test, benchmark }

    var kind: Kind
    var name: String
    var path: String
    var dependencies: [String]
  }

  let targets: [Target]

  /// The calls that declare a target, and where it lies if nothing is said.
  private static let calls: [(call: String, kind: Target.Kind, path: @Sendable (String) -> String)] = [
    (".systemLibrary(", .system, { "Sources/\($0)" }), (".target(", .library, { "Sources/\($0)" }),
    ("library(", .library, { "Sources/\($0)" }), ("engine(", .library, { "Sources/Engines/\($0)" }),
    (".executableTarget(", .program, { "Sources/\($0)" }),
    ("program(", .program, { "Sources/\($0)" }), ("tests(", .test, { "Tests/\($0)" }),
    (".testTarget(", .test, { "Tests/\($0)" }), ("benchmark(", .benchmark, { "Benchmarks/\($0)" }),
  ]

  init(_ text: String) {
    // The helpers' own bodies come before this.
    let declared = text.firstRange(of: "let package").map { text[$0.upperBound...] } ?? text[...]
    let list = declared.firstRange(of: "targets: [\n").map { declared[$0.upperBound...] } ?? declared
    var targets: [Target] = []
    var call = ""
    for line in list.split(separator: "\n") {
      let code = line.drop { $0 == " " }
      guard !code.hasPrefix("//") else { continue }
      guard !call.isEmpty || Self.calls.contains(where: { code.hasPrefix($0.call) }) else { continue }
      call += code
      guard call.count(where: { $0 == "(" }) == call.count(where: { $0 == ")" }) else { continue }
      if let target = Self.target(call) { targets.append(target) }
      call = ""
    }
    self.targets = targets
  }

  init(targets: [Target]) { self.targets = targets }

  private static func target(_ text: String) -> Target? {
    guard let (call, kind, place) = calls.first(where: { text.hasPrefix($0.call) }) else { return nil }
    // `name: "A"`, `dependencies: ["B", "C"]`, `"D"`: a label holds until the next.
    var label = ""
    var name: String?
    var path: String?
    var dependencies: [String] = []
    let pieces = text.dropFirst(call.count).split(separator: "\"", omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      if index % 2 == 0 {
        if let said = piece.split(whereSeparator: { ",([ ".contains($0) }).last(where: { $0.hasSuffix(":") }) {
          label = String(said.dropLast())
        } else if piece.contains("]"), piece.contains(",") {
          label = ""
        }
      } else if label == "path" {
        path = String(piece)
        label = ""
      } else if label == "name" || (name == nil && label.isEmpty) {
        name = String(piece)
        label = ""
      } else if label == "dependencies" || label.isEmpty {
        dependencies.append(String(piece))
      }
    }
    guard var name else { return nil }
    if call == "tests(" { name += "Tests" }
    let folder = path ?? place(name)
    if call == "benchmark(" { name += "Benchmark" }
    if call == "engine(" { name = "Engine\(name)" }
    return Target(kind: kind, name: name, path: folder, dependencies: dependencies)
  }

  subscript(_ name: String) -> Target? { targets.first { $0.name == name } }

  /// The target whose source a file is: the one with the longest path that leads there.
  func target(of path: String) -> Target? {
    targets.filter { path.hasPrefix("\($0.path)/") }.max { $0.path.utf8.count < $1.path.utf8.count }
  }

  /// The modules of Sources that are Swift.
  var modules: [Target] {
    targets.filter { [.library, .program].contains($0.kind) && $0.path.hasPrefix("Sources/") && !isC($0.name) }
  }

  /// Whether a module is C: the package calls all of them so.
  func isC(_ name: String) -> Bool {
    self[name] != nil && name.utf8.count > 1 && name.hasPrefix("C") && name.dropFirst().first?.isUppercase == true
  }
}
