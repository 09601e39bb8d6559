import JSON

@testable import Broker

/// A bucket of a broker with JetStream, in memory: it answers all that the product asks of it. It outlives the
/// broker's restarts.
struct SimulatedDirectory {
  private struct Entry {
    var revision: Int
    /// Nil: it was deleted.
    var value: [UInt8]?
  }

  private let bucket: KeyValueBucket
  private var isMade = false
  private var entries: [String: Entry] = [:]
  /// The value that each change has set, from revision 1 on; nil: it deleted.
  private(set) var history: [[UInt8]?] = []

  init(_ bucket: KeyValueBucket) { self.bucket = bucket }

  /// The answer to a message; nil: it is nothing about the bucket, or there is nobody to answer it.
  mutating func answer(_ message: SimulatedBroker.Message) -> [UInt8]? {
    switch message.subject {
    case bucket.inspection.subject: return isMade ? description : Self.error(10059)
    case "\(KeyValueBucket.creationSubject).\(bucket.stream)":
      isMade = true
      return description
    case bucket.reading("").subject: return isMade ? read(message.payload) : Self.error(10059)
    case let subject where isMade && subject.hasPrefix(bucket.subject(of: "")): return change(subject, message)
    default: return nil
    }
  }

  private var description: [UInt8] {
    var reply = JSONObject()
    reply.add("config", object: { $0.add("num_replicas", 1) })
    return reply.bytes
  }

  private func read(_ payload: [UInt8]) -> [UInt8] {
    let request = try? JSONValue(parsing: String(decoding: payload, as: UTF8.self))
    guard let subject = request?["last_by_subj"]?.string, let entry = entries[subject] else { return Self.error(10037) }
    var reply = JSONObject()
    reply.add(
      "message",
      object: { message in
        message.add("seq", entry.revision)
        if let value = entry.value {
          message.add("data", Self.base64(value))
        } else {
          message.add("hdrs", Self.base64(Array(BrokerHeader([KeyValueBucket.operation: "DEL"]).text.utf8)))
        }
      })
    return reply.bytes
  }

  private mutating func change(_ subject: String, _ message: SimulatedBroker.Message) -> [UInt8] {
    let expected = message.header?[KeyValueBucket.expectedRevision].flatMap { Int($0) }
    guard expected == nil || expected == entries[subject]?.revision ?? 0 else { return Self.error(10071) }
    let isDeletion = message.header?[KeyValueBucket.operation] != nil
    history.append(isDeletion ? nil : message.payload)
    entries[subject] = Entry(revision: history.count, value: history.last ?? nil)
    var reply = JSONObject()
    reply.add("stream", bucket.stream)
    reply.add("seq", history.count)
    return reply.bytes
  }

  private static func error(_ number: Int) -> [UInt8] {
    var reply = JSONObject()
    reply.add("error", object: { $0.add("err_code", number) })
    return reply.bytes
  }

  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

  private static func base64(_ bytes: [UInt8]) -> String {
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for digit in 0...group.count { text.append(digits[Int(bits >> UInt32(18 - 6 * digit)) & 63]) }
    }
    return text
  }
}
