import IO
import Streams

/// Clients of protocols that say how long nothing may be sent.
extension Gateway {
  /// Closes the stream once its client has sent nothing for so long.
  func watch(_ session: Session, for patience: Duration) {
    session.figures.heardAt = loop.now
    look(at: session.id, patience, after: patience)
  }

  private func look(at id: UInt64, _ patience: Duration, after delay: Duration) {
    loop.after(delay) { [unowned self] in
      guard let session = sessions.connected[id], !session.stream.account.hasEnded else { return }
      // Of a client that is not read, nothing is known.
      if session.stream.backpressure.isPaused || session.stream.account.phase != .open
        || sessions.files[id]?.isWaiting == true
      {
        session.figures.heardAt = loop.now
      }
      let rest = session.figures.heardAt + patience - loop.now
      guard rest <= .zero else { return look(at: id, patience, after: rest) }
      perform(session.stream.close(.silent), for: session)
      account(session)
    }
  }
}
