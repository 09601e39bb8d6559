import Dialects
import Recognition
import Streams

/// A session as a journal, a worker or another server keeps it.
extension Session {
  /// Stands for the name and the number in copies: workers do not learn the name, as it is the client's secret, and one
  /// that never had the session can't make this up.
  private static func proof(of name: String, _ number: UInt64) -> String {
    SHA256.digest(of: Array("copy\n\(name)\n\(number)".utf8)).hexadecimal
  }

  var isWritable: Bool { stream.account.isWritable }

  /// See `StreamSession.writeState`.
  /// - Returns: false if it can't be written now.
  @discardableResult
  func write(
    to writer: inout StateWriter, since cursor: inout StateCursor, for purpose: StatePurpose = .restart
  ) -> Bool {
    stream.writeState(since: &cursor, for: purpose, to: &writer) { rest in
      rest.add(purpose == .restart ? name.text : Self.proof(of: name.text, id))
      rest.add(client.holder) { $0.add($1) }
      (digest ?? StreamDigest()).write(to: &rest)
      dialect.write(state: &rest)
    }
  }

  /// The session as it was written, without a connection until `until`.
  /// - Parameter named: the session that it must be a copy of; nil: one of the journal.
  convenience init(
    _ stored: StoredStream, named: SessionName? = nil, id: StreamID, generation: Int = 0, until: Duration,
    isSuspect: Bool = true, on owner: any SessionOwner
  ) throws(StateError) {
    var name = named
    var client = ClientIdentity()
    var digest: StreamDigest?
    var dialect: (any Dialect)?
    let stream = try StreamSession(id: id, stored, until: until, isSuspect: isSuspect) { rest throws(StateError) in
      let text = try rest.text()
      if let named {
        guard text == Self.proof(of: named.text, id.number) else { throw StateError() }
      } else {
        name = SessionName(text)
      }
      guard let name else { throw StateError() }
      client.holder = try rest.optional { rest throws(StateError) in try rest.text() }
      digest = try StreamDigest(from: &rest)
      dialect = try DialectList.native.init(
        state: &rest, as: SessionIdentity(clientID: Int(truncatingIfNeeded: id.number), name: name))
    }
    guard let dialect, let name else { throw StateError() }
    self.init(
      stream, dialect, as: SessionIdentity(clientID: Int(truncatingIfNeeded: id.number), name: name), client: client,
      on: owner, digest: digest)
    if generation > 0 { copies.journal.generation = generation }
  }
}
