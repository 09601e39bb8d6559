import Audio
import Contract
import Recognition
import Testing

@testable import Dialects
@testable import Server
@testable import Streams

/// The sessions of one loop, found by what workers say.
@Suite final class SessionTableTests {
  private final class Owner: SessionOwner {
    let engines = EngineList(standard: "mock", enabled: [])
    func opened(_ session: Session, on connection: any SessionConnection) {}
    func received(_ event: ClientEvent?, of bytes: Int, from session: Session) {}
    func drained(_ session: Session) {}
    func ignored(_ names: [String], of session: Session) {}
    func inputEnded(_ connection: any SessionConnection, of session: Session, code: Int?) {}
    func closed(_ connection: any SessionConnection, of session: Session, code: Int?) {}
  }

  private var table = SessionTable()

  /// A session whose stream is in a slot.
  private func session(_ id: StreamID, in slot: Int) -> Session {
    let owner = Owner()
    let identity = SessionIdentity(clientID: Int(id.number), name: SessionName(high: 0, low: 1))
    let session = Session(
      StreamSession(id: id, request: StreamRequest(format: .standard, engine: "mock"), keepsSegments: false),
      NativeDialect(StreamParameters(engine: "mock"), owner.engines, as: identity), as: identity,
      client: ClientIdentity(), on: owner)
    _ = session.stream.assigned(slot: slot, isReady: true)
    return session
  }

  private func find(_ stream: StreamID, in slot: Int) -> Session? { table.find(stream, in: slot) }

  @Test func `a slot does not find a session that has left it and is back in another one`() {
    let (before, after) = (StreamID(gateway: 1, number: 7), StreamID(gateway: 6, number: 7))
    let first = session(before, in: 1)
    table.connect(first)
    #expect(find(before, in: 1) === first)
    #expect(find(before, in: 3) == nil)
    // Another server had it.
    table.remove(first)
    #expect(find(before, in: 1) == nil)
    let second = session(after, in: 3)
    table.connect(second)
    #expect(find(after, in: 3) === second)
    #expect(find(before, in: 1) == nil)
    #expect(find(before, in: 3) == nil)
    #expect(find(after, in: 1) == nil)
  }
}
