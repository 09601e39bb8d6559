internal import JSON

/// What a worker says of itself to all gateways.
public struct WorkerAnnouncement: Equatable, Sendable {
  /// The versions of the link it supports.
  public var versions: ClosedRange<Int>
  /// Those that are ready.
  public var engines: [String]
  /// Streams it has, and how many it takes.
  public var streams: Int
  public var capacity: Int
  /// It takes no more streams, and ends when those that it has are elsewhere.
  public var isLeaving: Bool
  /// Of the copies of sessions that it keeps.
  public var copyBytes: Int?
  /// Copies that it has dropped for want of room.
  public var copiesDropped: Int?

  public init(
    versions: ClosedRange<Int> = LinkVersion.supported, engines: [String], streams: Int = 0, capacity: Int,
    isLeaving: Bool = false, copyBytes: Int? = nil, copiesDropped: Int? = nil
  ) {
    self.versions = versions
    self.engines = engines
    self.streams = streams
    self.capacity = capacity
    self.isLeaving = isLeaving
    self.copyBytes = copyBytes
    self.copiesDropped = copiesDropped
  }

  /// More than any worker can have: sums of it fit.
  public static let mostStreams = 1_000_000

  public init?(json: UnsafeRawBufferPointer) {
    guard let value = try? JSONValue(parsing: String(decoding: json, as: UTF8.self)),
      let first = value["first_version"]?.integer, let last = value["last_version"]?.integer, first <= last,
      let streams = value["streams"]?.integer, (0...Self.mostStreams).contains(streams),
      let capacity = value["capacity"]?.integer, (1...Self.mostStreams).contains(capacity)
    else { return nil }
    self.init(
      versions: first...last, engines: value["engines"]?.array?.compactMap(\.string) ?? [], streams: streams,
      capacity: capacity, isLeaving: value["leaving"]?.bool ?? false,
      // Nil from workers of an earlier version.
      copyBytes: value["copy_bytes"]?.integer.map { max(0, $0) },
      copiesDropped: value["copies_dropped"]?.integer.map { max(0, $0) })
  }

  public var json: [UInt8] {
    var object = JSONObject()
    object.add("first_version", versions.lowerBound)
    object.add("last_version", versions.upperBound)
    object.add("engines", .array(engines.map { .string($0) }))
    object.add("streams", streams)
    object.add("capacity", capacity)
    object.add("leaving", isLeaving)
    if let copyBytes { object.add("copy_bytes", copyBytes) }
    if let copiesDropped { object.add("copies_dropped", copiesDropped) }
    return object.bytes
  }
}

/// How a worker ended, for all gateways.
public struct WorkerEnding: Equatable, Sendable {
  public var reason: String
  /// Whether by its own doing.
  public var isCrash: Bool

  public init(reason: String, isCrash: Bool) {
    self.reason = reason
    self.isCrash = isCrash
  }

  public init?(json: UnsafeRawBufferPointer) {
    guard let value = try? JSONValue(parsing: String(decoding: json, as: UTF8.self)),
      let reason = value["reason"]?.string, let isCrash = value["crash"]?.bool
    else { return nil }
    self.init(reason: String(reason.prefix(200)), isCrash: isCrash)
  }

  public var json: [UInt8] {
    var object = JSONObject()
    object.add("reason", reason)
    object.add("crash", isCrash)
    return object.bytes
  }
}
