import Platform
import Testing

@testable import SpeechClient

struct ConnectionMachineTests {
  private func machine(retries: Bool = true, resumes: Bool = false, isLive: Bool = false) -> ConnectionMachine {
    ConnectionMachine(policy: ConnectionMachine.Policy(retries: retries, resumes: resumes, isLive: isLive))
  }

  private func open(retries: Bool = true, resumes: Bool = false, isLive: Bool = false) -> ConnectionMachine {
    var talk = machine(retries: retries, resumes: resumes, isLive: isLive)
    #expect(talk.begin(at: .zero) == .connect)
    #expect(talk.opened(at: .zero) == (resumes ? .start : .nothing))
    #expect(talk.isOpen)
    return talk
  }

  @Test func `the normal order: connect, send, stop, receipt, close`() {
    var talk = open()
    #expect(talk.inputEnded(at: .seconds(1)) == .sendStop)
    #expect(talk.isStopping)
    #expect(talk.inputEnded(at: .seconds(1)) == .nothing)
    talk.receiptCame()
    #expect(talk.close("1000", code: 1000, hasSent: true) == .finish(.complete))
    #expect(talk.isOver)
  }

  @Test func `an unavailable server is waited for, unless retries are off`() {
    var patient = machine()
    _ = patient.begin(at: .zero)
    #expect(
      patient.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0) == .wait(.milliseconds(250)))
    #expect(patient.waited() == .connect)
    #expect(
      patient.failed("full", isPermanent: false, retryAfter: .seconds(7), at: .zero, jitter: 0) == .wait(.seconds(7)))
    var hasty = machine(retries: false)
    _ = hasty.begin(at: .zero)
    #expect(
      hasty.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("refused")))
  }

  @Test func `a permanent refusal is not retried`() {
    var talk = machine()
    _ = talk.begin(at: .zero)
    #expect(
      talk.failed("HTTP 400", isPermanent: true, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("HTTP 400")))
  }

  @Test func `a broken stream without sessions is over, unless nothing was sent`() {
    var begun = open()
    #expect(begun.close("cut", hasSent: true) == .finish(.broken("cut")))
    var turnedAway = open()
    #expect(turnedAway.close("1013", code: 1013, hasSent: false) == .reconnect("1013", wait: .milliseconds(250)))
  }

  @Test func `one interrupt ends the input, the second everything`() {
    var talk = open(resumes: true)
    #expect(talk.interrupted(at: .zero) == .endInput)
    #expect(talk.inputEnded(at: .zero) == .sendStop)
    #expect(talk.interrupted(at: .zero) == .finish(.abandoned))
    #expect(talk.interrupted(at: .zero) == .nothing)
  }

  @Test func `one interrupt still waits for the receipt, the second does not`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    #expect(talk.interrupted(at: .zero) == .nothing)
    #expect(talk.interrupted(at: .zero) == .finish(.abandoned))
  }

  @Test func `an interrupt without a connection ends at once`() {
    var connecting = machine()
    _ = connecting.begin(at: .zero)
    #expect(connecting.interrupted(at: .zero) == .finish(.abandoned))
    var waiting = machine()
    _ = waiting.begin(at: .zero)
    _ = waiting.failed("no", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
    #expect(waiting.interrupted(at: .zero) == .finish(.abandoned))
    #expect(waiting.waited() == .nothing)
  }

  @Test func `a server is left if it is silent while answers are expected, and only then`() {
    let patience = ConnectionMachine.longPatience
    var idle = open()
    #expect(idle.tick(isExpecting: false, at: patience * 10, jitter: 0) == .nothing)
    #expect(idle.tick(isExpecting: true, at: patience * 10 + .seconds(1), jitter: 0) == .nothing)
    idle.heard(at: patience * 11)
    #expect(idle.tick(isExpecting: true, at: patience * 12 - .seconds(1), jitter: 0) == .nothing)
    #expect(idle.tick(isExpecting: true, at: patience * 12, jitter: 0) == .finish(.silent(patience)))
    var stopping = open()
    _ = stopping.inputEnded(at: .seconds(5))
    #expect(stopping.tick(isExpecting: false, at: .seconds(5) + patience, jitter: 0) == .finish(.silent(patience)))
  }

  @Test func `a stream is complete if the server sends its receipt and never closes`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    talk.receiptCame()
    #expect(talk.tick(isExpecting: false, at: ConnectionMachine.patience, jitter: 0) == .finish(.complete))
  }

  @Test func `events after the end change nothing`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    talk.receiptCame()
    _ = talk.close("1000", code: 1000, hasSent: true)
    #expect(talk.close("1000", code: 1000, hasSent: true) == .nothing)
    #expect(talk.tick(isExpecting: true, at: .seconds(1000), jitter: 0) == .nothing)
    #expect(talk.inputEnded(at: .zero) == .nothing)
    #expect(talk.opened(at: .zero) == .nothing)
  }
}

extension ConnectionMachine {
  /// The connection ends; by default it is cut while answers are awaited.
  mutating func close(
    _ reason: String, code: Int? = nil, hasSent: Bool = true, isExpecting: Bool? = nil, at now: Duration = .zero
  ) -> Action {
    closed(reason, code: code, hasSent: hasSent, isExpecting: isExpecting ?? hasSent, at: now, jitter: 0)
  }
}

struct ReconnectTests {
  @Test func `the wait doubles up to ten seconds`() {
    var reconnect = Reconnect()
    let waits = (0..<8).map { _ in reconnect.failed(at: .zero, jitter: 0).inSeconds }
    #expect(waits == [0.25, 0.5, 1, 2, 4, 8, 10, 10])
    for _ in 0..<1000 { #expect(reconnect.failed(at: .zero, jitter: 0) == .seconds(10)) }
  }

  @Test func `jitter shortens the wait by up to a quarter, but not below the server's request`() {
    var reconnect = Reconnect()
    #expect(reconnect.failed(at: .zero, jitter: 1) == .seconds(0.1875))
    #expect(reconnect.failed(at: .zero, jitter: 1, atLeast: .seconds(3)) == .seconds(3))
  }

  @Test func `a useful connection resets the wait, however short it was`() {
    var reconnect = Reconnect()
    for _ in 0..<3 { _ = reconnect.failed(at: .zero, jitter: 0) }
    reconnect.opened(at: .zero)
    reconnect.proven()
    #expect(reconnect.failed(at: .zero, jitter: 0) == .milliseconds(250))
  }

  @Test func `a connection that held resets the wait, a short one does not`() {
    var reconnect = Reconnect()
    for _ in 0..<3 { _ = reconnect.failed(at: .zero, jitter: 0) }
    reconnect.opened(at: .seconds(10))
    #expect(reconnect.failed(at: .seconds(11), jitter: 0) == .seconds(2))
    reconnect.opened(at: .seconds(20))
    #expect(reconnect.failed(at: .seconds(25), jitter: 0) == .milliseconds(250))
  }
}
