import Testing

@testable import Client

struct ConversationTests {
  private func conversation(retries: Bool = true, resumes: Bool = false) -> Conversation {
    Conversation(policy: Conversation.Policy(retries: retries, resumes: resumes))
  }

  private func open(retries: Bool = true, resumes: Bool = false) -> Conversation {
    var talk = conversation(retries: retries, resumes: resumes)
    #expect(talk.begin() == .connect)
    #expect(talk.opened(at: .zero) == .nothing)
    #expect(talk.isOpen)
    return talk
  }

  @Test func `in good order: connect, send, stop, receipt, close`() {
    var talk = open()
    #expect(talk.inputEnded(at: .seconds(1)) == .sendStop)
    #expect(talk.isStopping)
    #expect(talk.inputEnded(at: .seconds(1)) == .nothing)
    talk.receiptCame()
    #expect(talk.closed("1000", hasSent: true, at: .seconds(2), jitter: 0) == .finish(.complete))
    #expect(talk.isOver)
  }

  @Test func `a server that is not there is waited for, unless that is not wanted`() {
    var patient = conversation()
    _ = patient.begin()
    #expect(
      patient.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0) == .wait(.milliseconds(250)))
    #expect(patient.waited() == .connect)
    #expect(
      patient.failed("full", isPermanent: false, retryAfter: .seconds(7), at: .zero, jitter: 0) == .wait(.seconds(7)))
    var hasty = conversation(retries: false)
    _ = hasty.begin()
    #expect(
      hasty.failed("refused", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("refused")))
  }

  @Test func `what will be refused again is not asked again`() {
    var talk = conversation()
    _ = talk.begin()
    #expect(
      talk.failed("HTTP 400", isPermanent: true, retryAfter: nil, at: .zero, jitter: 0)
        == .finish(.unreachable("HTTP 400")))
  }

  @Test func `a microphone's stream that breaks goes on as a new session`() {
    var talk = open(resumes: true)
    #expect(
      talk.closed("1001", hasSent: true, at: .seconds(60), jitter: 0) == .renew("1001", wait: .milliseconds(250)))
    #expect(talk.waited() == .connect)
    #expect(talk.opened(at: .seconds(61)) == .nothing)
    #expect(talk.isOpen)
  }

  @Test func `a file's stream that breaks is over, unless nothing had been sent`() {
    var begun = open()
    #expect(begun.closed("cut", hasSent: true, at: .zero, jitter: 0) == .finish(.broken("cut")))
    var turnedAway = open()
    #expect(
      turnedAway.closed("1013", hasSent: false, at: .zero, jitter: 0) == .renew("1013", wait: .milliseconds(250)))
  }

  @Test func `a connection that breaks while the receipt is awaited is lost for all`() {
    var talk = open(resumes: true)
    _ = talk.inputEnded(at: .zero)
    #expect(talk.closed("cut", hasSent: true, at: .zero, jitter: 0) == .finish(.broken("cut")))
  }

  @Test func `one interrupt ends the input, the second everything`() {
    var talk = open(resumes: true)
    #expect(talk.interrupted() == .endInput)
    #expect(talk.inputEnded(at: .zero) == .sendStop)
    #expect(talk.interrupted() == .finish(.abandoned))
    #expect(talk.interrupted() == .nothing)
  }

  @Test func `an interrupt while the receipt is awaited waits for it, the next does not`() {
    var talk = open()
    _ = talk.inputEnded(at: .zero)
    #expect(talk.interrupted() == .nothing)
    #expect(talk.interrupted() == .finish(.abandoned))
  }

  @Test func `an interrupt where nothing is connected ends at once`() {
    var connecting = conversation()
    _ = connecting.begin()
    #expect(connecting.interrupted() == .finish(.abandoned))
    var waiting = conversation()
    _ = waiting.begin()
    _ = waiting.failed("no", isPermanent: false, retryAfter: nil, at: .zero, jitter: 0)
    #expect(waiting.interrupted() == .finish(.abandoned))
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

  @Test func `a microphone leaves a silent server and goes on with the next connection`() {
    var talk = open(resumes: true)
    let patience = Conversation.patience
    #expect(
      talk.tick(isExpecting: true, at: patience, jitter: 0)
        == .renew(Conversation.silence(patience), wait: .milliseconds(250)))
    #expect(talk.closed("cut", hasSent: true, at: patience, jitter: 0) == .nothing)
    #expect(talk.waited() == .connect)
    var interrupted = open(resumes: true)
    _ = interrupted.interrupted()
    #expect(interrupted.tick(isExpecting: true, at: patience, jitter: 0) == .finish(.silent(patience)))
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
    _ = talk.closed("1000", hasSent: true, at: .zero, jitter: 0)
    #expect(talk.closed("1000", hasSent: true, at: .zero, jitter: 0) == .nothing)
    #expect(talk.tick(isExpecting: true, at: .seconds(1000), jitter: 0) == .nothing)
    #expect(talk.inputEnded(at: .zero) == .nothing)
    #expect(talk.opened(at: .zero) == .nothing)
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

  @Test func `only a connection that held starts over`() {
    var reconnect = Reconnect()
    for _ in 0..<3 { _ = reconnect.failed(at: .zero, jitter: 0) }
    reconnect.opened(at: .seconds(10))
    #expect(reconnect.failed(at: .seconds(11), jitter: 0) == .seconds(2))
    reconnect.opened(at: .seconds(20))
    #expect(reconnect.failed(at: .seconds(25), jitter: 0) == .milliseconds(250))
  }
}
