import Support

/// A subtitle file read back, strictly.
struct Subtitles {
  struct Cue: Equatable {
    /// Milliseconds.
    var start: Int
    var end: Int
    var lines: [String]
  }

  var cues: [Cue] = []

  var text: String { cues.flatMap(\.lines).joined(separator: " ") }

  init(subRip text: String) throws {
    for (index, block) in try Self.blocks(of: text).enumerated() {
      guard block.first == "\(index + 1)" else { throw TestFailure("cue \(index + 1) is numbered \(block)") }
      try add(block.dropFirst(), ",")
    }
  }

  init(webVTT text: String) throws {
    let blocks = try Self.blocks(of: text)
    guard blocks.first == ["WEBVTT"] else { throw TestFailure("no header: \(text.prefix(40))") }
    for block in blocks.dropFirst() { try add(block[...], ".") }
  }

  /// Blank lines stand between blocks and behind the last, one each.
  private static func blocks(of text: String) throws -> [[String]] {
    guard !text.isEmpty else { return [] }
    guard text.hasSuffix("\n\n") else { throw TestFailure("cut off: \(text.suffix(40))") }
    let blocks = text.dropLast(2).split(separator: "\n\n", omittingEmptySubsequences: false)
    return blocks.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
  }

  private mutating func add(_ block: ArraySlice<String>, _ point: Character) throws {
    guard let times = block.first?.split(separator: " "), times.count == 3, times[1] == "-->",
      let start = Self.milliseconds(times[0], point), let end = Self.milliseconds(times[2], point)
    else { throw TestFailure("no times: \(block)") }
    let lines = Array(block.dropFirst())
    guard start >= cues.last?.end ?? 0, end > start else { throw TestFailure("cues overlap: \(block)") }
    guard (1...2).contains(lines.count), lines.allSatisfy({ !$0.isEmpty && $0.count <= 42 }) else {
      throw TestFailure("too much for a cue: \(block)")
    }
    cues.append(Cue(start: start, end: end, lines: lines))
  }

  /// `HH:MM:SS,mmm`, to the digit.
  private static func milliseconds(_ text: Substring, _ point: Character) -> Int? {
    let parts = text.split { $0 == ":" || $0 == point }
    guard parts.map(\.count) == [2, 2, 2, 3], text.dropLast(3).last == point else { return nil }
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == 4 else { return nil }
    return ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1000 + numbers[3]
  }
}
