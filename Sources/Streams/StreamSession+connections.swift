/// Connections that end, clients that return, and loops between which a session moves.
extension StreamSession {
  /// The client sends nothing more over its connection, and may still read.
  ///
  /// One that is going away, or whose connection ended without a close, may return: that connection is answered and the
  /// session goes on. (A half-closed connection and a killed client look the same.) Any other close ends the session,
  /// once everything is answered.
  /// - Parameter code: of its close; nil if there was none.
  public mutating func inputEnded(code: Int?) -> StreamActions {
    guard !account.hasEnded else { return [] }
    if lifetime.isResumable, Self.mayReturn(code) {
      lifetime = .answering
      return closeIfAnswered()
    }
    return account.phase == .stopping ? [] : end(with: .leave)
  }

  mutating func closeIfAnswered() -> StreamActions {
    lifetime == .answering && !account.isAwaiting && !account.hasEnded ? [.closeConnection] : []
  }

  /// Whether a client that ended its connection with this code may return: 1001 is "going away" (RFC
  /// 6455, 7.4.1), and 1013 "try again later": ours, when memory is short or replies are not read.
  private static func mayReturn(_ code: Int?) -> Bool { code.map { [1001, 1013].contains($0) } ?? true }

  /// The connection has ended.
  /// - Parameters:
  ///   - code: the close code; nil if it broke.
  ///   - mayDetach: whether sessions are kept at all.
  public mutating func disconnected(code: Int?, mayDetach: Bool, now: Duration) -> StreamActions {
    let mayReturn = mayDetach && (account.isComplete || Self.mayReturn(code) && !account.hasEnded)
    return lifetime.detach(mayReturn: mayReturn, now: now).map { [.detach(until: $0)] } ?? leave()
  }

  /// Ends a session whose client did not return in time; one that did since is left alone.
  public mutating func expired(now: Duration) -> StreamActions { lifetime.hasExpired(now: now) ? leave() : [] }

  private mutating func leave() -> StreamActions {
    lifetime = .ended
    return end(nil) + [.end]
  }

  /// Whether the connection of this session may take up another one: only with its first message.
  public var mayResumeAnother: Bool { account.totals.chunks == 0 && lifetime == .attached }

  /// Checks what a returning client says it has.
  public func check(answered: Int, segment: Int) throws(ResumeProblem) {
    // A session that is being closed for its client's fault takes nothing more.
    guard lifetime.isResumable, account.isComplete || !account.hasEnded else { throw .unknownSession }
    // A journal may lack the newest: its client knows more.
    guard answered >= 0, isJournaled || answered <= account.totals.chunks else {
      throw .answeredOutOfRange(answered, received: account.totals.chunks)
    }
    guard segment >= 0, isJournaled || segment <= transcript.lastFinal else {
      throw .segmentOutOfRange(segment, lastFinal: transcript.lastFinal)
    }
    guard log?.reaches(answered: answered, segment: segment) ?? true else { throw .messagesDropped(after: answered) }
  }

  /// Whether this copy of the session has everything that its client has.
  public func has(answered: Int, segment: Int) -> Bool {
    answered <= account.lastAnswered && segment <= transcript.lastFinal
  }

  /// The client is back, on a new connection.
  public mutating func resumed(answered: Int, segment: Int) -> StreamActions {
    lifetime = .resumable
    backpressure.removeAll([.unread])
    var actions: StreamActions = [
      // The new connection may be paused for what happened before.
      backpressure.isPaused ? .pauseReading : .continueReading,
      .emit(.resumed(account.request, seq: account.totals.chunks)),
      .repeatMessages(answered: answered, segment: segment),
    ]
    if case .ended(let reason?) = account.phase { actions.append(.emit(.closing(reason))) }
    return actions
  }

  /// A message was made that a returning client would need.
  public mutating func record(_ message: UnsafeRawBufferPointer, about subject: StreamEvent.Subject) {
    guard lifetime.isResumable else { return }
    let log = log ?? EventLog()
    self.log = log
    log.append(subject, message)
  }

  /// Calls `body` with the logged messages that such a client lacks.
  public func repeatMessages(answered: Int, segment: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    log?.visit(answered: answered, segment: segment, body)
  }

  // MARK: Between loops

  /// Whether the session can move to another loop: its worker owes it nothing.
  public var mayMigrate: Bool { !account.isAwaiting && !placement.isWaiting }

  /// Leaves its loop; what it waited for here does not come.
  public mutating func migrate() -> StreamActions {
    backpressure = Backpressure()
    guard let slot = placement.slot else { return [] }
    placement.state = .unassigned
    return [.release(slot: slot)]
  }

  /// Leaves its worker for another one of this loop, if it is owed nothing.
  public mutating func leaveWorker() -> StreamActions {
    mayMigrate && !account.hasEnded ? changeWorker() : []
  }

  /// Leaves the worker that was to try its suspects alone, for another one.
  public mutating func leaveTrial() -> StreamActions { changeWorker() }

  private mutating func changeWorker() -> StreamActions {
    guard let slot = placement.slot else { return [] }
    transcript.workerLost()
    placement.state = .unassigned
    return resume(from: .decoding) + [.release(slot: slot), .assign]
  }

  /// Arrives on another loop; its recognizer's context is sent to a worker there.
  public mutating func arrived() -> StreamActions {
    guard placement.sentSeq > 0, !account.hasEnded else { return [] }
    transcript.workerLost()
    return [.assign]
  }
}
