import Testing

@testable import IO

struct ConnectionRaceTests {
  @Test func `families take turns, the resolver's first one first`() {
    var race = ConnectionRace(isIPv6: [true, true, true, false])
    let order = (0..<5).map { _ in race.next() }
    #expect(order == [.start(0), .start(3), .start(1), .start(2), .wait])
    var other = ConnectionRace(isIPv6: [false, true])
    #expect(other.next() == .start(0))
    #expect(other.next() == .start(1))
  }

  @Test func `a failure starts the next attempt at once, and the last one ends the race`() {
    var race = ConnectionRace(isIPv6: [true, false])
    #expect(race.next() == .start(0))
    #expect(race.failed() == .start(1))
    #expect(race.failed() == .fail)
  }

  @Test func `with attempts under way, the end of the addresses is waited out`() {
    var race = ConnectionRace(isIPv6: [true, false])
    #expect(race.next() == .start(0))
    #expect(race.next() == .start(1))
    #expect(race.next() == .wait)
    #expect(race.failed() == .wait)
    #expect(race.failed() == .fail)
  }

  @Test func `a host without addresses fails`() {
    var race = ConnectionRace(isIPv6: [])
    #expect(race.next() == .fail)
  }
}
