internal import Glibc

/// Whether the tests of `Tests/Long` run in full (`make test-long`) or in their short form.
public enum LongForm {
  public static let isWanted = getenv("TEST_LONG") != nil

  public static func either<Value>(_ full: Value, orShort short: Value) -> Value { isWanted ? full : short }
}
