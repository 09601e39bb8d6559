import Testing

@testable import SpeechClient

struct PacerTests {
  @Test func `realtime sends a chunk when a microphone would have recorded it`() {
    var pacer = Pacer(speed: .realtime)
    #expect(pacer.next(end: 0.125, openChunks: 0, unsentBytes: 0, at: .seconds(5)) == .wait(until: .seconds(5.125)))
    #expect(pacer.next(end: 0.125, openChunks: 0, unsentBytes: 0, at: .seconds(5.125)) == .send)
    #expect(pacer.next(end: 0.25, openChunks: 0, unsentBytes: 0, at: .seconds(5.15)) == .wait(until: .seconds(5.25)))
  }

  @Test func `a factor stretches the time, and a delayed chunk catches up`() {
    var pacer = Pacer(speed: .factor(2))
    #expect(pacer.next(end: 1, openChunks: 0, unsentBytes: 0, at: .zero) == .wait(until: .seconds(0.5)))
    for end in [1.0, 2, 3, 4] {
      #expect(pacer.next(end: end, openChunks: 0, unsentBytes: 0, at: .seconds(2)) == .send)
    }
    #expect(pacer.next(end: 5, openChunks: 0, unsentBytes: 0, at: .seconds(2)) == .wait(until: .seconds(2.5)))
  }

  @Test func `fast sends until enough is in flight`() {
    var pacer = Pacer(speed: .fast)
    #expect(pacer.next(end: 9, openChunks: Pacer.openChunks - 1, unsentBytes: 0, at: .zero) == .send)
    #expect(pacer.next(end: 9, openChunks: Pacer.openChunks, unsentBytes: 0, at: .zero) == .hold)
    #expect(pacer.next(end: 9, openChunks: 0, unsentBytes: Pacer.unsentBytes, at: .zero) == .hold)
  }

  @Test func `realtime is held, too, while no answers arrive`() {
    var pacer = Pacer(speed: .realtime)
    #expect(pacer.next(end: 0.1, openChunks: Pacer.openChunks, unsentBytes: 0, at: .seconds(9)) == .hold)
  }

  @Test func `a speed is one of two words or a factor in range`() {
    #expect(Speed("realtime") == .factor(1))
    #expect(Speed("fast") == .fast)
    #expect(Speed("2.5") == .factor(2.5))
    for text in ["", "0", "-1", "nan", "inf", "1001", "2x", "Fast"] { #expect(Speed(text) == nil) }
  }
}
