import Dialects

/// Streams and errors by dialect.
struct DialectCounters: Equatable, Sendable {
  struct Count: Equatable, Sendable {
    var streams = 0
    /// Refused upgrades, and connections that were closed for a fault.
    var errors = 0
  }

  private var counts: [String: Count] = [:]

  /// Each dialect, those that nobody spoke, too.
  var all: [(name: String, count: Count)] {
    DialectList.allNames.map { ($0, counts[$0, default: Count()]) }
  }

  mutating func opened(_ name: String) { counts[name, default: Count()].streams += 1 }

  mutating func refused(_ name: String) { counts[name, default: Count()].errors += 1 }

  /// A connection has ended with this close code; nil if it broke.
  mutating func closed(_ name: String, code: Int?) {
    if let code, code >= Self.firstFault { counts[name, default: Count()].errors += 1 }
  }

  /// 1000 is a normal close and 1001 one of an end that is going away.
  private static let firstFault = 1002

  mutating func add(_ other: DialectCounters) {
    for (name, count) in other.counts {
      counts[name, default: Count()].streams += count.streams
      counts[name, default: Count()].errors += count.errors
    }
  }
}
