internal import JSON

/// A bucket of keys and values at a broker with JetStream, as clients of NATS agree on it (ADR-8): a stream that keeps
/// the last message of each subject. A key's revision is the number of its last message in the stream.
public struct KeyValueBucket: Equatable, Sendable {
  public let name: String

  public init(_ name: String) { self.name = name }

  /// A message that the broker answers.
  public struct Request: Equatable, Sendable {
    public var subject: String
    public var header: BrokerHeader?
    public var payload: [UInt8] = []
  }

  public var stream: String { "KV_\(name)" }
  /// Those of all keys.
  public var subjects: String { subject(of: ">") }
  public func subject(of key: String) -> String { "$KV.\(name).\(key)" }

  public static let inspectionSubject = "$JS.API.STREAM.INFO"
  public static let creationSubject = "$JS.API.STREAM.CREATE"
  public static let readingSubject = "$JS.API.STREAM.MSG.GET"

  /// Asks for the bucket's state.
  public var inspection: Request { Request(subject: "\(Self.inspectionSubject).\(stream)") }

  /// Makes the bucket; nothing happens if there is the same.
  /// - Parameters:
  ///   - replicas: brokers of a cluster that have it.
  ///   - age: keys that are not changed for so long are forgotten.
  public func creation(replicas: Int, age: Duration) -> Request {
    Request(
      subject: "\(Self.creationSubject).\(stream)", payload: configuration(replicas: replicas, age: age))
  }

  /// Makes the bucket that there is such a one.
  public func configuring(replicas: Int, age: Duration) -> Request {
    Request(
      subject: "$JS.API.STREAM.UPDATE.\(stream)", payload: configuration(replicas: replicas, age: age))
  }

  private func configuration(replicas: Int, age: Duration) -> [UInt8] {
    var configuration = JSONObject()
    configuration.add("name", stream)
    configuration.add("subjects", JSONValue.array([.string(subjects)]))
    configuration.add("retention", "limits")
    configuration.add("storage", "file")
    configuration.add("discard", "new")
    configuration.add("max_msgs_per_subject", 1)
    configuration.add("max_consumers", -1)
    configuration.add("max_msgs", -1)
    configuration.add("max_bytes", -1)
    configuration.add("max_msg_size", -1)
    configuration.add("max_age", Int(age / .nanoseconds(1)))
    configuration.add("num_replicas", replicas)
    configuration.add("deny_delete", true)
    configuration.add("allow_rollup_hdrs", true)
    // For other clients: here nothing is read from a copy, which may be behind.
    configuration.add("allow_direct", true)
    return configuration.bytes
  }

  /// Asks the broker that leads the bucket's copies for a key.
  public func reading(_ key: String) -> Request {
    var request = JSONObject()
    request.add("last_by_subj", subject(of: key))
    return Request(subject: "\(Self.readingSubject).\(stream)", payload: request.bytes)
  }

  /// Changes a key if it still has this revision; 0: if there is none.
  /// - Parameter value: nil deletes it.
  public func change(_ key: String, to value: [UInt8]?, after revision: UInt64) -> Request {
    let expected = "\(revision)"
    let header: BrokerHeader =
      value == nil
      ? BrokerHeader([Self.expectedRevision: expected, Self.operation: "DEL"])
      : BrokerHeader([Self.expectedRevision: expected])
    return Request(subject: subject(of: key), header: header, payload: value ?? [])
  }

  public static let expectedRevision = "Nats-Expected-Last-Subject-Sequence"
  /// Of a message without a value: the reason why it has none.
  public static let operation = "KV-Operation"
}
