import Dialects
import Streams

/// What clients were refused, by the reason.
struct RefusalCounters: Equatable, Sendable {
  /// Why a session can't be resumed, as it is counted.
  enum ResumeCause: String, CaseIterable {
    case unknownSession = "unknown_session"
    case notFirstMessage = "not_first_message"
    case messagesDropped = "messages_dropped"
    case outOfRange = "out_of_range"

    init(_ problem: ResumeProblem) {
      switch problem {
      case .unknownSession: self = .unknownSession
      case .notFirstMessage: self = .notFirstMessage
      case .messagesDropped: self = .messagesDropped
      case .answeredOutOfRange, .segmentOutOfRange: self = .outOfRange
      }
    }
  }

  private var upgrades: [Rejection.Cause: Int] = [:]
  private var resumes: [ResumeCause: Int] = [:]

  var total: Int { upgrades.values.reduce(0, +) }

  /// Each cause, those that did not happen, too.
  var byCause: [(cause: Rejection.Cause, count: Int)] {
    Rejection.Cause.allCases.map { ($0, upgrades[$0, default: 0]) }
  }

  var byResumeCause: [(cause: ResumeCause, count: Int)] {
    ResumeCause.allCases.map { ($0, resumes[$0, default: 0]) }
  }

  mutating func add(_ cause: Rejection.Cause) { upgrades[cause, default: 0] += 1 }
  mutating func add(_ problem: ResumeProblem) { resumes[ResumeCause(problem), default: 0] += 1 }

  mutating func add(_ other: RefusalCounters) {
    upgrades.merge(other.upgrades, uniquingKeysWith: +)
    resumes.merge(other.resumes, uniquingKeysWith: +)
  }
}
