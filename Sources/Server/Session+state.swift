import Dialects
import Recognition
import Streams

/// A session as a journal keeps it.
extension Session {
  var isWritable: Bool { stream.account.isWritable }

  /// See `StreamSession.writeState`.
  /// - Returns: false if it can't be written now.
  @discardableResult
  func write(
    to writer: inout StateWriter, since cursor: inout StateCursor, for purpose: StatePurpose = .restart
  ) -> Bool {
    stream.writeState(since: &cursor, for: purpose, to: &writer) { rest in
      rest.add(identity.name)
      rest.add(client.holder) { $0.add($1) }
      digest.write(to: &rest)
      dialect.write(state: &rest)
    }
  }

  /// The session as it was written, without a connection until `until`.
  convenience init(
    _ stored: StoredStream, id: StreamID, generation: Int = 0, until: Duration, isSuspect: Bool = true,
    on owner: any SessionOwner
  ) throws(StateError) {
    var name = ""
    var client = ClientIdentity()
    var digest = StreamDigest()
    var dialect: (any Dialect)?
    let stream = try StreamSession(id: id, stored, until: until, isSuspect: isSuspect) { rest throws(StateError) in
      name = try rest.text()
      client.holder = try rest.optional { rest throws(StateError) in try rest.text() }
      digest = try StreamDigest(from: &rest)
      dialect = try DialectList.native.init(
        state: &rest, as: SessionIdentity(clientID: Int(truncatingIfNeeded: id.number), name: name))
    }
    guard let dialect else { throw StateError() }
    self.init(
      stream, dialect, as: SessionIdentity(clientID: Int(truncatingIfNeeded: id.number), name: name), client: client,
      on: owner, digest: digest)
    copies.journal.generation = generation
  }
}
