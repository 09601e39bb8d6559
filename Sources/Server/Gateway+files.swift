import Audio
import Dialects
import JSON
import Platform
import Streams

/// Files that clients send live, in place of samples.
extension Gateway {
  /// A part of a file; the first one tells its kind.
  func received(file part: UnsafeRawBufferPointer, from session: Session) {
    (sessions.files[session.id] ?? file(of: session)).receive(part)
  }

  private func file(of session: Session) -> LiveFile {
    let digest = StreamDigest()
    let file = self.file { [unowned self, weak session] event in
      guard let session else { return }
      switch event {
      case .audio(let audio): received(audio: audio, from: session)
      case .taken(let message):
        // The receipt is that of the file.
        if session.digest?.wholeBytes == nil { session.digest = StreamDigest(partOf: digest) }
        digest.update(message)
        session.dialect.tookFile(to: session)
      case .due(let held): carryOut(held)
      case .failed(let problem): failed(problem, for: session)
      case .reading(true): session.connection?.resumeReading()
      case .reading(false): session.connection?.pauseReading()
      }
    }
    share(file, with: session)
    return file
  }

  func file(_ event: @escaping (LiveFile.Event) -> Void) -> LiveFile { LiveFile(owner: self, event) }

  func share(_ file: LiveFile, with session: Session) {
    file.add(session.id)
    sessions.files[session.id] = file
  }

  /// What a client asks for waits until the audio before it is decoded.
  func carryOut(_ request: LiveFileCourse.Request, for session: Session) {
    if let file = sessions.files[session.id], file.hold(request, of: session.id) { return }
    perform(request, for: session)
  }

  func carryOut(_ held: LiveFileCourse.Held) {
    guard let session = sessions[held.session] else { return }
    perform(held.request, for: session)
    account(session)
  }

  private func perform(_ request: LiveFileCourse.Request, for session: Session) {
    switch request {
    case .flush: perform(session.stream.flush(), for: session)
    case .stop: perform(session.stream.stop(), for: session)
    case .inputEnded(let code): perform(session.stream.inputEnded(code: code), for: session)
    // They are for several sessions.
    case .texts: break
    }
  }

  func failed(_ problem: LiveFileProblem, for session: Session) {
    log.write(
      .warning, "live file not decoded",
      ["client_id": .number(session.clientID), "error": .string(problem.sentence)])
    if problem.isOurs {
      session.emit(.failed(seq: 0, .worker(problem.sentence)))
    } else {
      perform(session.stream.undecodable(WaveHeaderError(message: problem.sentence)), for: session)
    }
  }

  /// Whether the audio of a session is read: that of a file from its decoder.
  func setReading(_ isReading: Bool, of session: Session) {
    if let file = sessions.files[session.id], file.setReading(isReading, of: session.id) { return }
    if isReading { session.connection?.resumeReading() } else { session.connection?.pauseReading() }
  }
}
