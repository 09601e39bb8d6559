import Dialects
import Platform
import Recognition
import WorkerLink

@testable import Server
@testable import Streams

/// The gateway as sessions and their hand-over use it, as in `Gateway`.
extension SimulatedGateway {
  var time: any LoopTime { host }
  var log: Log { clock.trace == nil ? .silent : Log(level: .info, format: .text) }
  var directoryName: String { "\(machine).\(gatewayID)" }
  var keepers: (any SessionKeepers)? { workers.keepers }
  var handovers: HandoverTable { sessions.handovers }

  func hasSession(_ name: String) -> Bool { door.names[name] != nil }
  func session(number: UInt64) -> Session? { sessions[number] }
  func giveUpOld(_ name: String, _ key: SessionKey) {
    if rules.oldSessionsAreGivenUp, let session = handovers.sessions[key] { fence(session) }
  }
  func newcomer(of resume: RoutedResume) -> Session? { sessions.connected[resume.newcomer] }

  // MARK: Returns

  private func resume(_ request: ResumeRequest, on newcomer: Session) {
    var resume = RoutedResume(request: request, newcomer: newcomer.id, loop: 0)
    guard newcomer.stream.mayResumeAnother, newcomer.connection != nil else { return refuse(resume, .notFirstMessage) }
    door.wishes[newcomer.id] = request
    if !rules.copiesAreCompared { (resume.request.answered, resume.request.segment) = (0, 0) }
    if !rules.returnsAreRecorded, hasSession(request.session) { return find(resume) }
    claim(resume, for: newcomer)
  }

  func find(_ resume: RoutedResume) {
    guard let id = door.names[resume.request.session], let session = sessions[id] else {
      return refuse(resume, .unknownSession)
    }
    let request = door.wishes[resume.newcomer] ?? resume.request
    do throws(ResumeProblem) {
      try session.stream.check(answered: request.answered, segment: request.segment)
    } catch {
      return refuse(resume, error)
    }
    clock.note("session \(request.session) goes on at \(directoryName) after \(session.stream.account.totals.chunks)")
    if let lease = resume.lease { session.copies.mirror?.lease.claimed(lease) }
    session.dropConnection()
    attach(session, as: resume)
  }

  func refuse(_ resume: RoutedResume, _ problem: ResumeProblem) {
    guard let newcomer = newcomer(of: resume) else { return }
    clock.note("session \(resume.request.session) is refused at \(directoryName): \(problem)")
    newcomer.emit(.refused(.resume(problem)))
    perform(newcomer.stream.resume(from: .migration), for: newcomer)
  }

  func dismiss(_ resume: RoutedResume) { newcomer(of: resume)?.connection?.drop() }

  private func attach(_ session: Session, as resume: RoutedResume) {
    guard let newcomer = newcomer(of: resume), let connection = newcomer.detach() else { return }
    let request = door.wishes[newcomer.id] ?? resume.request
    door.forget(newcomer)
    newcomer.stream.release(from: &budget)
    sessions.remove(newcomer)
    session.client = newcomer.client
    sessions.connect(session)
    session.attach(connection)
    counters.sessions.resumed += 1
    perform(session.stream.resumed(answered: request.answered, segment: request.segment), for: session)
  }

  func took(_ session: Session, for resume: RoutedResume) {
    let account = session.stream.account
    clock.note(
      "session \(session.name.text) is taken by \(directoryName) after \(account.totals.chunks), "
        + "answered up to \(account.lastAnswered), epoch \(session.copies.mirror?.lease.record.epoch ?? 0)")
    door.names[session.name.text] = session.id
    keep(session, until: host.now + StreamLimits.detachedTime)
    attach(session, as: resume)
    perform(session.stream.arrived(), for: session)
    if let slot = session.stream.placement.slot { recover(slot) }
  }

  func gaveUp(_ session: Session) {
    clock.note("session \(session.name.text) is lost by \(directoryName)")
    perform(session.stream.close(.goingAway), for: session)
    _ = session.detach()
    end(session)
  }

  // MARK: SessionOwner

  var engines: EngineList { SimulatedSpeech.engines }

  func opened(_ session: Session, on connection: any SessionConnection) {}
  func drained(_ session: Session) {}
  func ignored(_ names: [String], of session: Session) {}
  func inputEnded(_ connection: any SessionConnection, of session: Session, code: Int?) {}
  func closed(_ connection: any SessionConnection, of session: Session, code: Int?) {}

  func received(_ event: ClientEvent?, of bytes: Int, from session: Session) {
    switch event {
    case .audio(let audio): receive(audio, from: session)
    case .start(let request, let keepsChunks, let settled):
      let actions = session.stream.start(
        request, keepsSegments: engines.isContinuous(request.engine), isResumable: true, keepsChunks: keepsChunks,
        settled: settled)
      makeKnown(session, actions)
    case .flush: perform(session.stream.flush(), for: session)
    case .stop: perform(session.stream.stop(), for: session)
    case .resume(let request): resume(request, on: session)
    case .file: clock.fail("a client sent a file")
    case nil: break
    }
  }

  private func receive(_ audio: UnsafeRawBufferPointer, from session: Session) {
    let chunks = session.stream.account.totals.chunks
    let actions = session.stream.received(audio, now: host.nowInSeconds, unreadBytes: 0, budget: &budget)
    if session.stream.account.totals.chunks > chunks { session.extendDigest(by: audio) }
    perform(actions, for: session, message: audio)
  }
}
