/// Finds the name a user probably meant.
public enum Spelling {
  /// The only name that begins with `word`, or the closest one within two edits (one for short words); nil when none is
  /// near.
  public static func nearest(to word: String, among names: [String]) -> String? {
    guard !word.isEmpty else { return nil }
    let beginning = names.filter { $0.hasPrefix(word) }
    if beginning.count == 1 { return beginning[0] }
    let limit = word.count < 4 ? 1 : 2
    let distances = names.map { (name: $0, edits: edits(Array(word), Array($0))) }
    guard let best = distances.min(by: { $0.edits < $1.edits }), best.edits <= limit else { return nil }
    return best.name
  }

  /// Characters inserted, removed, replaced or swapped with their neighbor to turn `a` into `b`.
  private static func edits(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), min(rows[i][j + 1], row[j]) + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
