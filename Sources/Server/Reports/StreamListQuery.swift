import Dialects
import Web

/// Which streams a list is to have, and in which order.
struct StreamListQuery: Equatable, Sendable {
  /// The largest first.
  enum Order: String, CaseIterable {
    case age
    case chunksPerSecond = "chunks_per_second"
    case dbfs, waiting, backlog, away
  }

  struct Problem: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  static let limits = 1...1000
  static let standardLimit = 200

  private(set) var order = Order.age
  private(set) var limit = standardLimit

  init() {}

  /// Unknown parameters are ignored, as everywhere.
  init(_ request: HTTPRequest) throws(Problem) {
    if let text = request.query("sort") {
      guard let order = Order(rawValue: text) else {
        throw Problem(
          "sort", expected: "one of \(Order.allCases.map(\.rawValue).joined(separator: ", "))", got: text)
      }
      self.order = order
    }
    if let text = request.query("limit") {
      guard let limit = Int(text), Self.limits.contains(limit) else {
        throw Problem(
          "limit", expected: "an integer from \(Self.limits.lowerBound) to \(Self.limits.upperBound)", got: text)
      }
      self.limit = limit
    }
  }
}

extension StreamListQuery.Problem {
  /// As of a stream's parameters; what came is cut.
  fileprivate init(_ name: String, expected: String, got: String) {
    let shown = got.count <= 120 ? got : got.prefix(120) + "…"
    description = "\(name): expected \(expected), got \"\(shown)\""
  }
}
