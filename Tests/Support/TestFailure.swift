/// Something a test needs did not come about; the sentence says what.
public struct TestFailure: Error, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}

/// Asks again and again until `condition` holds. The deadline is for what hangs, not for what is slow.
public func eventually(
  _ what: @autoclosure () -> String, within deadline: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let end = clock.now + deadline
  while try await !condition() {
    guard clock.now < end else { throw TestFailure("\(what()): not within \(deadline)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}
