internal import Glibc

/// What the benchmark prints: tables, and at the end whether each bound was kept.
struct Report {
  private(set) var verdicts: [Verdict] = []

  struct Verdict: Equatable {
    var what: String
    var value: String
    var bound: String
    var isKept: Bool
  }

  func begin(_ title: String) { say("\n## \(title)\n") }

  func say(_ text: String) { Self.say(text) }

  static func say(_ text: String) {
    print(text)
    // Shows progress also when the output goes to a file.
    fflush(nil)
  }

  /// A Markdown table, its columns of one width.
  func table(_ head: [String], _ rows: [[String]]) {
    let all = [head] + rows
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? cell.0 + space : space + cell.0
      }
      return "| \(padded.joined(separator: " | ")) |"
    }
    say(line(head))
    let rule = zip(head.indices, widths).map { index, width in
      String(repeating: "-", count: index == 0 ? width : width - 1) + (index == 0 ? "" : ":")
    }
    say("| \(rule.joined(separator: " | ")) |")
    for row in rows { say(line(row)) }
    say("")
  }

  mutating func judge(_ what: String, _ value: Double?, atMost bound: Double, digits: Int = 2, unit: String = "") {
    verdicts.append(
      Verdict(
        what: what, value: value.map { $0.fixed(digits) + unit } ?? "nothing measured",
        bound: "≤ \(bound.fixed(digits))\(unit)", isKept: value.map { $0 <= bound } ?? false))
  }

  mutating func judge(_ what: String, isSo: Bool, _ value: String) {
    verdicts.append(Verdict(what: what, value: value, bound: "all", isKept: isSo))
  }

  /// One line per bound; returns whether all were kept.
  func conclude() -> Bool {
    begin("Bounds")
    table(
      ["what", "measured", "bound", "kept"], verdicts.map { [$0.what, $0.value, $0.bound, $0.isKept ? "yes" : "NO"] })
    return verdicts.allSatisfy(\.isKept)
  }
}

extension Double {
  /// With this many digits after the point.
  func fixed(_ digits: Int) -> String {
    guard isFinite, abs(self) < 1e12 else { return "\(self)" }
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let whole = Int((self * Double(scale)).rounded())
    let sign = whole < 0 ? "-" : ""
    guard digits > 0 else { return "\(whole)" }
    let rest = "\(whole.magnitude % UInt(scale))"
    return "\(sign)\(whole.magnitude / UInt(scale)).\(String(repeating: "0", count: digits - rest.count))\(rest)"
  }

  var megabytes: String { (self / 1e6).fixed(1) }
}

extension Double? {
  func fixed(_ digits: Int) -> String { map { $0.fixed(digits) } ?? "–" }
}
