import Platform
import Testing

@testable import Client

struct ConversationTests {
  private func conversation(retries: Bool = true, resumes: Bool = false, isLive: Bool = false) -> Conversation {
    Conversation(policy: Conversation.Policy(retries: retries, resumes: resumes, isLive: isLive))
  }

  private func open(retries: Bool = true, resumes: Bool = false, isLive: Bool = false) -> Conversation {
    var talk = conversation(retries: retries, resumes: resumes, isLive: isLive)
    #expect(talk.begin(at: .zero) == .connect)
    #expect(talk.opened(at: .zero) == (resumes ? .start : .nothing))
    #expect(talk.isOpen)
    return talk
  }

  @Test func `in good order: connect, send, stop, receipt, close`() {
    var talk = open()
    #expect(talk.inputEnded(at: .seconds(1)) == .sendStop)
    #expect(talk.isStopping)
    #expect(talk.inputEnded(at: .seconds(1)) == .nothing)
    talk.receiptCame()
    #expect(talk.close("1000", code: 1000, hasSent: true) == .finish(.complete))
    #expect(talk.isOver)
  }

  @Test func `a server that is not there is waited for, unless that is not wanted`() {
    var patient = conversation()
    _ = patient.begin(at: .zero)
    #expect(
      patient.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0) == .wait(.milliseconds(250)))
    #expect(patient.waited() == .connect)
    #expect(
      patient.failed("full", isPermanent: false, retryAfter: .seconds(7), at: .zero, jitter: 0) == .wait(.seconds(7)))
    var hasty = conversation(retries: false)
    _ = hasty.begin(at: .zero)
    #expect(
      hasty.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("refused")))
  }

  @Test func `what will be refused again is not asked again`() {
    var talk = conversation()
    _ = talk.begin(at: .zero)
    #expect(
      talk.failed("HTTP 400", isPermanent: true, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("HTTP 400")))
  }

  @Test func `a stream without sessions that breaks is over, unless nothing had been sent`() {
    var begun = open()
    #expect(begun.close("cut", hasSent: true) == .finish(.broken("cut")))
    var turnedAway = open()
    #expect(turnedAway.close("1013", code: 1013, hasSent: false) == .renew("1013", wait: .milliseconds(250)))
  }

  @Test func `one interrupt ends the input, the second everything`() {
    var talk = open(resumes: true)
    #expect(talk.interrupted(at: .zero) == .endInput)
    #expect(talk.inputEnded(at: .zero) == .sendStop)
    #expect(talk.interrupted(at: .zero) == .finish(.abandoned))
    #expect(talk.interrupted(at: .zero) == .nothing)
  }

  @Test func `an interrupt while the receipt is awaited waits for it, the next does not`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    #expect(talk.interrupted(at: .zero) == .nothing)
    #expect(talk.interrupted(at: .zero) == .finish(.abandoned))
  }

  @Test func `an interrupt where nothing is connected ends at once`() {
    var connecting = conversation()
    _ = connecting.begin(at: .zero)
    #expect(connecting.interrupted(at: .zero) == .finish(.abandoned))
    var waiting = conversation()
    _ = waiting.begin(at: .zero)
    _ = waiting.failed("no", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
    #expect(waiting.interrupted(at: .zero) == .finish(.abandoned))
    #expect(waiting.waited() == .nothing)
  }

  @Test func `a server is left when it is silent while something is expected, and only then`() {
    let patience = Conversation.longPatience
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

  @Test func `a server that sent its receipt and never closes has done its part`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    talk.receiptCame()
    #expect(talk.tick(isExpecting: false, at: Conversation.patience, jitter: 0) == .finish(.complete))
  }

  @Test func `what comes when it is over changes nothing`() {
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

extension Conversation {
  /// The connection ends, by default by being cut while answers were awaited.
  mutating func close(
    _ reason: String, code: Int? = nil, hasSent: Bool = true, isExpecting: Bool? = nil, at now: Duration = .zero
  ) -> Step {
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

  @Test func `jitter takes up to a quarter off, and what the server asks for is kept`() {
    var reconnect = Reconnect()
    #expect(reconnect.failed(at: .zero, jitter: 1) == .seconds(0.1875))
    #expect(reconnect.failed(at: .zero, jitter: 1, atLeast: .seconds(3)) == .seconds(3))
  }

  @Test func `a connection that was of use starts over, however short`() {
    var reconnect = Reconnect()
    for _ in 0..<3 { _ = reconnect.failed(at: .zero, jitter: 0) }
    reconnect.opened(at: .zero)
    reconnect.proven()
    #expect(reconnect.failed(at: .zero, jitter: 0) == .milliseconds(250))
  }

  @Test func `only a connection that held starts over`() {
    var reconnect = Reconnect()
    for _ in 0..<3 { _ = reconnect.failed(at: .zero, jitter: 0) }
    reconnect.opened(at: .seconds(10))
    #expect(reconnect.failed(at: .seconds(11), jitter: 0) == .seconds(2))
    reconnect.opened(at: .seconds(20))
    #expect(reconnect.failed(at: .seconds(25), jitter: 0) == .milliseconds(250))
  }
}
