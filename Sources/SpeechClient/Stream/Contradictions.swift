/// Impossible statements of a server: about a size or a chunk that was not sent.
struct Contradictions: Equatable {
  private(set) var count = 0
  private(set) var first: String?

  init() {}

  mutating func add(_ what: String) {
    count += 1
    if first == nil { first = what }
  }

  static func += (all: inout Contradictions, more: Contradictions) {
    all.count += more.count
    if all.first == nil { all.first = more.first }
  }
}
