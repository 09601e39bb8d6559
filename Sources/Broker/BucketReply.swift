internal import JSON

/// The broker's answer to a request to a bucket.
public struct BucketReply {
  /// The value at a key.
  public struct Entry: Equatable, Sendable {
    /// Nil: nothing, or no longer.
    public var value: [UInt8]?
    public var revision: UInt64

    public init(value: [UInt8]?, revision: UInt64) {
      self.value = value
      self.revision = revision
    }
  }

  private let value: JSONValue

  /// - Throws: the error that it reports.
  init(_ payload: UnsafeRawBufferPointer) throws(BucketError) {
    guard let value = try? JSONValue(parsing: String(decoding: payload, as: UTF8.self)), case .object = value else {
      throw .malformed
    }
    if let error = value["error"] { throw BucketError(error) }
    self.value = value
  }

  /// The answer that a message is: an error where nobody is there to answer.
  public static func result(of message: BrokerMessage) -> Result<BucketReply, BucketError> {
    guard !message.hasNoResponders else { return .failure(.noJetStream) }
    do throws(BucketError) {
      return .success(try BucketReply(message.payload))
    } catch {
      return .failure(error)
    }
  }

  /// The revision that a change has made.
  public func revision() throws(BucketError) -> UInt64 { try Self.revision(value) }

  /// The number of copies of the bucket. In a cluster without a leader a broker tells of it, and of nothing in it.
  public func replicas() throws(BucketError) -> Int {
    if let cluster = value["cluster"], cluster["leader"] == nil { throw .noLeader }
    guard let replicas = value["config"]?["num_replicas"]?.integer, replicas > 0 else { throw .malformed }
    return replicas
  }

  /// The key that was asked for.
  public func entry() throws(BucketError) -> Entry {
    guard let message = value["message"] else { throw .malformed }
    let revision = try Self.revision(message)
    let base64 = Base64()
    if let header = message["hdrs"]?.string {
      guard let bytes = base64.decode(header), let header = BrokerHeader(bytes) else { throw .malformed }
      // Marks have no value, neither those of a deletion nor the broker's own.
      if header[KeyValueBucket.operation] ?? header["Nats-Marker-Reason"] != nil {
        return Entry(value: nil, revision: revision)
      }
    }
    guard let bytes = base64.decode(message["data"]?.string ?? "") else { throw .malformed }
    return Entry(value: Array(bytes), revision: revision)
  }

  private static func revision(_ value: JSONValue) throws(BucketError) -> UInt64 {
    guard case .number(let digits)? = value["seq"], let revision = UInt64(digits), revision > 0 else {
      throw .malformed
    }
    return revision
  }
}

/// The reason that a request to a bucket was not done.
public enum BucketError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The key has another revision, or somebody changes it at this moment.
  case wrongRevision
  /// The key has never been set, or was forgotten.
  case noMessage
  /// There is no such bucket.
  case noBucket
  /// JetStream is off, or not for this user.
  case noJetStream
  /// Too few brokers of the cluster are up to agree on anything.
  case noLeader
  /// Fewer brokers are up than there are to be replicas.
  case tooFewBrokers
  /// There are to be replicas, and only one broker.
  case noCluster
  /// In the broker's own words.
  case other(String)
  /// The answer can't be read.
  case malformed

  /// Numbers of nats-server's `errors.json`.
  init(_ error: JSONValue) {
    switch error["err_code"]?.integer {
    case 10071, 10164: self = .wrongRevision
    case 10037: self = .noMessage
    case 10059: self = .noBucket
    case 10039, 10076: self = .noJetStream
    case 10008, 10009: self = .noLeader
    case 10005: self = .tooFewBrokers
    case 10074: self = .noCluster
    default: self = .other(error["description"]?.string ?? "error without a description")
    }
  }

  public var description: String {
    switch self {
    case .wrongRevision: "another revision"
    case .noMessage: "no such key"
    case .noBucket: "no such bucket"
    case .noJetStream: "no JetStream"
    case .noLeader: "no leader"
    case .tooFewBrokers: "too few brokers"
    case .noCluster: "no cluster"
    case .other(let reason): reason
    case .malformed: "an answer that can't be read"
    }
  }
}
