/// The suite's parts, as Scripts/check lists them: `machine=(…)` and `long=(…)`, targets and suites of targets.
struct SuiteParts {
  var named: Set<String> = []

  init(_ script: SourceFile) {
    var isInside = false
    for line in script.lines {
      if line.hasPrefix("machine=(") || line.hasPrefix("long=(") { isInside = true }
      guard isInside else { continue }
      let names = line.drop { $0 != "(" }
      named.formUnion((names.isEmpty ? line : names).split { " ()".contains($0) }.map(String.init))
      if line.contains(")") { isInside = false }
    }
  }
}

extension Rules {
  /// What a value never needs.
  private static let machinery: Set<String> = [
    "Program", "TestServer", "InProcessServer", "LoopThread", "RawSocket", "SimulatedMicrophone", "VirtualMicrophone",
    "SpeechSetup",
    "SpawnedWorker", "WorkerProcess",
  ]

  /// A suite that needs a process, a device or a socket is named in Scripts/check, so that it runs alone.
  static func parts(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    guard let script = files.first(where: { $0.path == "Scripts/check" }) else { return [] }
    let named = SuiteParts(script).named
    var suites: Set<String> = []
    var findings: [Finding] = []
    for file in files where file.isSwift {
      guard let target = manifest.target(of: file.path), target.kind == .test else { continue }
      suites.insert(target.name)
      guard file.words.contains(where: { $0.contains("Test") }) else { continue }
      var suite = ""
      for (index, words) in file.words.enumerated() {
        if let declaration = Declaration(file.code[index], words), declaration.isOutermost { suite = declaration.name }
        suites.insert("\(target.name).\(suite)")
        guard !suite.isEmpty, suite.hasSuffix("Tests"), let word = words.first(where: machinery.contains),
          !named.contains(target.name), !named.contains("\(target.name).\(suite)")
        else { continue }
        findings.append(
          file.finding(
            "\(word) is no value's: name \(target.name).\(suite) among the machine's suites in Scripts/check",
            line: index))
        suite = ""
      }
    }
    return findings
      + named.subtracting(suites).sorted().map { script.finding("there are no tests called \($0): take it out") }
  }
}
