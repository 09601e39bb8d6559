import Testing

@testable import SpeechClient

/// A connection that breaks.
struct ResumptionTests {
  private let patience = ConnectionMachine.patience
  private let again = Duration.milliseconds(250)

  private func open(session: String? = "ab", isLive: Bool = false, retries: Bool = true, for limit: Duration? = nil)
    -> ConnectionMachine
  {
    var talk = ConnectionMachine(
      policy: ConnectionMachine.Policy(retries: retries, resumes: true, isLive: isLive, retryFor: limit))
    #expect(talk.begin(at: .zero) == .connect)
    #expect(talk.opened(at: .zero) == .start)
    if let session { #expect(talk.started(session: session, seq: nil, at: .zero) == .nothing) }
    #expect(talk.isOpen)
    return talk
  }

  /// Broken, and connected again.
  private func resuming(stopping: Bool = false) -> ConnectionMachine {
    var talk = open()
    talk.answered()
    if stopping { #expect(talk.inputEnded(at: .zero) == .sendStop) }
    #expect(talk.close("cut") == .reconnect("cut", wait: again))
    #expect(talk.waited() == .connect)
    #expect(talk.opened(at: .seconds(1)) == .resume("ab"))
    #expect(talk.isResuming)
    #expect(!talk.isOpen)
    return talk
  }

  @Test(arguments: [false, true])
  func `a kept session is resumed after the server's last chunk, and stopped at its end`(stopping: Bool) {
    var talk = resuming(stopping: stopping)
    #expect(talk.inputEnded(at: .seconds(1)) == .nothing)
    #expect(talk.started(session: "ab", seq: 7, at: .seconds(1)) == .proceed(after: 7))
    #expect(talk.isOpen)
    #expect(talk.inputEnded(at: .seconds(1)) == .sendStop)
    talk.receiptCame()
    #expect(talk.close("1000", code: 1000) == .finish(.complete))
  }

  @Test func `a session that was not kept is followed by another on the same connection`() {
    var talk = resuming()
    #expect(talk.refused("resume: unknown", at: .seconds(1)) == .startOver("resume: unknown"))
    #expect(talk.isOpen)
    #expect(talk.session == nil)
    #expect(talk.started(session: "cd", seq: nil, at: .seconds(1)) == .nothing)
    talk.answered()
    #expect(talk.close("cut") == .reconnect("cut", wait: again))
    _ = talk.waited()
    #expect(talk.opened(at: .seconds(2)) == .resume("cd"))
  }

  @Test func `a server may begin another session without an error`() {
    var talk = resuming()
    #expect(talk.started(session: "cd", seq: nil, at: .seconds(1)) == .startOver("the server began another session"))
    #expect(talk.isOpen)
  }

  @Test func `a server that contradicts the client is left, and a new session begun`() {
    var talk = resuming()
    _ = talk.started(session: "ab", seq: 99, at: .seconds(1))
    #expect(talk.contradicted("99", at: .seconds(1), jitter: 0) == .reconnect("99", wait: .milliseconds(500)))
    _ = talk.waited()
    #expect(talk.opened(at: .seconds(2)) == .start)
  }

  @Test func `the connection may break during resumption, and again after it`() {
    var talk = resuming()
    #expect(talk.close("cut") == .reconnect("cut", wait: .milliseconds(500)))
    _ = talk.waited()
    #expect(
      talk.failed("refused", isPermanent: false, retryAfter: nil, at: .seconds(2), jitter: 0) == .wait(.seconds(1)))
    _ = talk.waited()
    #expect(talk.opened(at: .seconds(3)) == .resume("ab"))
    #expect(talk.tick(isExpecting: true, at: .seconds(3) + patience - .seconds(1), jitter: 0) == .nothing)
    // The connection held, although it was of no use.
    #expect(
      talk.tick(isExpecting: true, at: .seconds(3) + patience, jitter: 0)
        == .reconnect(ConnectionMachine.silence(patience), wait: again))
  }

  @Test(arguments: [1003, 1007, 1008, 1009, 1000])
  func `after a refusal a file is not sent again, but new audio of a microphone is`(code: Int) {
    var file = open()
    #expect(file.close("no", code: code) == .finish(.broken("no")))
    var microphone = open(isLive: true)
    #expect(microphone.close("no", code: code) == .reconnect("no", wait: again))
    _ = microphone.waited()
    #expect(microphone.opened(at: .seconds(1)) == .start)
  }

  @Test(arguments: [nil, 1001, 1002, 1005, 1011, 1013])
  func `after any other close the session is resumed`(code: Int?) {
    var talk = open()
    #expect(talk.close("gone", code: code) == .reconnect("gone", wait: again))
    _ = talk.waited()
    #expect(talk.opened(at: .seconds(1)) == .resume("ab"))
  }

  @Test func `without retries a broken connection ends the stream`() {
    var talk = open(retries: false)
    #expect(talk.close("cut") == .finish(.broken("cut")))
  }

  @Test
  func `without a session name unanswered audio goes into a new session, and no receipt is awaited`() {
    var talk = open(session: nil)
    #expect(talk.close("cut") == .reconnect("cut", wait: again))
    _ = talk.waited()
    #expect(talk.opened(at: .zero) == .start)
    _ = talk.inputEnded(at: .zero)
    #expect(talk.close("1000", code: nil, isExpecting: false) == .finish(.broken("1000")))
    var cutEarly = open(session: nil)
    _ = cutEarly.inputEnded(at: .zero)
    #expect(cutEarly.close("cut", isExpecting: true) == .reconnect("cut", wait: again))
  }

  @Test func `the client reconnects to a silent server if that may help`() {
    for isLive in [false, true] {
      var talk = open(isLive: isLive)
      #expect(
        talk.tick(isExpecting: true, at: patience, jitter: 0)
          == .reconnect(ConnectionMachine.silence(patience), wait: again))
      #expect(talk.close("cut") == .nothing)
      #expect(talk.waited() == .connect)
    }
    var sessionless = open(session: nil)
    #expect(sessionless.tick(isExpecting: true, at: patience, jitter: 0) == .nothing)
    let long = ConnectionMachine.longPatience
    #expect(sessionless.tick(isExpecting: true, at: long, jitter: 0) == .finish(.silent(long)))
    var stopping = open()
    _ = stopping.inputEnded(at: .zero)
    #expect(stopping.tick(isExpecting: false, at: patience, jitter: 0) == .nothing)
    #expect(
      stopping.tick(isExpecting: false, at: long, jitter: 0) == .reconnect(ConnectionMachine.silence(long), wait: again)
    )
    var answering = open()
    _ = answering.inputEnded(at: .zero)
    #expect(
      answering.tick(isExpecting: true, at: patience, jitter: 0)
        == .reconnect(ConnectionMachine.silence(patience), wait: again))
  }

  @Test func `the client gives up a server that stays unavailable for too long`() {
    var talk = open(for: .seconds(60))
    talk.answered()
    #expect(talk.close("cut", at: .seconds(1000)) == .reconnect("cut", wait: again))
    _ = talk.waited()
    #expect(
      talk.failed("refused", isPermanent: false, retryAfter: nil, at: .seconds(1059), jitter: 0)
        == .wait(.milliseconds(500)))
    _ = talk.waited()
    #expect(
      talk.failed("refused", isPermanent: false, retryAfter: nil, at: .seconds(1060), jitter: 0)
        == .finish(.gaveUp("refused", after: .seconds(60))))
    var useless = open(for: .seconds(60))
    useless.answered()
    // It accepts connections, and answers nothing.
    for second in 0..<60 {
      #expect(useless.close("cut", at: .seconds(second)) != .finish(.gaveUp("cut", after: .seconds(60))))
      _ = useless.waited()
      _ = useless.opened(at: .seconds(second))
    }
    #expect(useless.close("cut", at: .seconds(60)) == .finish(.gaveUp("cut", after: .seconds(60))))
  }

  @Test func `an interrupt without a connection leaves time to send recorded audio`() {
    var talk = open()
    _ = talk.close("cut", at: .seconds(1))
    #expect(talk.interrupted(at: .seconds(2)) == .endInput)
    #expect(talk.tick(isExpecting: true, at: .seconds(9), jitter: 0) == .nothing)
    #expect(talk.waited() == .connect)
    #expect(
      talk.failed("refused", isPermanent: false, retryAfter: nil, at: .seconds(9), jitter: 0)
        == .wait(.milliseconds(500)))
    var back = talk
    _ = back.waited()
    #expect(back.opened(at: .seconds(9.5)) == .resume("ab"))
    #expect(back.started(session: "ab", seq: 1, at: .seconds(9.5)) == .proceed(after: 1))
    #expect(back.tick(isExpecting: true, at: .seconds(20), jitter: 0) == .nothing)
    #expect(talk.tick(isExpecting: true, at: .seconds(10), jitter: 0) == .finish(.abandoned))
    var impatient = open()
    _ = impatient.close("cut")
    _ = impatient.interrupted(at: .zero)
    #expect(impatient.interrupted(at: .zero) == .finish(.abandoned))
  }
}
