internal import JSON

/// Operations of a client, as bytes to be sent.
public struct ProtocolWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// They have been sent; the memory stays.
  public mutating func reset() { bytes.removeAll(keepingCapacity: true) }

  /// - Parameters:
  ///   - nonce: what a user with a key signs.
  ///   - name: shown to the broker's operator.
  mutating func connect(_ login: BrokerLogin?, nonce: String?, name: String, isEncrypted: Bool) {
    var options = JSONObject()
    options.add("verbose", false)
    options.add("pedantic", false)
    options.add("lang", "swift")
    options.add("version", "1")
    options.add("protocol", 1)
    options.add("name", name)
    options.add("headers", true)
    options.add("no_responders", true)
    options.add("tls_required", isEncrypted)
    switch login {
    case .password(let user, let password)?:
      options.add("user", user)
      options.add("pass", password)
    case .key(let key)?:
      options.add("nkey", key.publicKey)
      options.add("sig", key.signature(of: nonce ?? ""))
    case nil: break
    }
    put("CONNECT ")
    bytes += options.bytes
    put("\r\n")
  }

  public mutating func ping() { put("PING\r\n") }
  public mutating func pong() { put("PONG\r\n") }

  public mutating func subscribe(_ subject: String, as subscription: Int) {
    put("SUB \(subject) \(subscription)\r\n")
  }

  public mutating func unsubscribe(_ subscription: Int) { put("UNSUB \(subscription)\r\n") }

  /// A message in one or two parts.
  /// - Parameter reply: where the broker says that nobody has received it.
  public mutating func publish(
    _ subject: String, reply: String? = nil, _ payload: UnsafeRawBufferPointer,
    _ more: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
  ) {
    put("PUB ")
    put(subject)
    if let reply {
      put(" ")
      put(reply)
    }
    put(" \(payload.count + more.count)\r\n")
    bytes.append(contentsOf: payload)
    bytes.append(contentsOf: more)
    put("\r\n")
  }

  /// A message with a header, whose receiver is to answer.
  public mutating func publish(
    _ subject: String, reply: String, _ header: BrokerHeader, _ payload: UnsafeRawBufferPointer
  ) {
    let header = header.text.utf8
    put("HPUB \(subject) \(reply) \(header.count) \(header.count + payload.count)\r\n")
    bytes.append(contentsOf: header)
    bytes.append(contentsOf: payload)
    put("\r\n")
  }

  private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
