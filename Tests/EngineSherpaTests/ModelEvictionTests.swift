import Testing

@testable import EngineSherpa

@Suite struct ModelEvictionTests {
  private typealias Copy = ModelEviction.Copy

  private static let english = Copy(model: "tiny-en", thread: 0)
  private static let all = Copy(model: "base", thread: 0)
  private static let allElsewhere = Copy(model: "base", thread: 1)

  private var eviction = ModelEviction(idle: .seconds(300))

  private mutating func load(_ copies: Copy...) {
    for (second, copy) in copies.enumerated() { eviction.loaded(copy, at: .seconds(second)) }
  }

  @Test mutating func `one that no stream uses is given back in time, and the standard one never`() {
    load(Self.english, Self.all)
    eviction.kept = Self.english
    #expect(eviction.nextExpiry == .seconds(301))
    #expect(eviction.expired(at: .seconds(300)) == [])
    #expect(eviction.expired(at: .seconds(301)) == [Self.all])
    eviction.remove(Self.all)
    #expect(eviction.nextExpiry == nil)
    #expect(eviction.leastRecentlyUsed == nil)
  }

  @Test mutating func `one that a stream uses stays, however long the stream is quiet`() {
    load(Self.all)
    eviction.use(Self.all, by: 1, at: .seconds(2))
    eviction.use(Self.all, by: 2, at: .seconds(3))
    eviction.end(1, at: .seconds(4))
    #expect(eviction.nextExpiry == nil)
    eviction.end(2, at: .seconds(1000))
    #expect(eviction.nextExpiry == .seconds(1300))
    eviction.use(Self.all, by: 3, at: .seconds(1200))
    #expect(eviction.expired(at: .seconds(1300)) == [])
  }

  @Test mutating func `a stream that goes on with another model uses the first no longer`() {
    load(Self.all, Self.english)
    eviction.use(Self.all, by: 1, at: .seconds(2))
    eviction.use(Self.english, by: 1, at: .seconds(9))
    #expect(eviction.leastRecentlyUsed == Self.all)
    #expect(eviction.nextExpiry == .seconds(302))
    eviction.end(1, at: .seconds(10))
    #expect(eviction.expired(at: .seconds(310)) == [Self.all, Self.english])
  }

  @Test mutating func `where memory is short, the least recently used goes first, and none in use`() {
    load(Self.english, Self.all, Self.allElsewhere)
    eviction.kept = Self.english
    eviction.use(Self.all, by: 1, at: .seconds(5))
    #expect(eviction.leastRecentlyUsed == Self.allElsewhere)
    eviction.use(Self.allElsewhere, by: 2, at: .seconds(6))
    #expect(eviction.leastRecentlyUsed == nil)
    eviction.end(2, at: .seconds(7))
    eviction.end(1, at: .seconds(8))
    #expect(eviction.leastRecentlyUsed == Self.allElsewhere)
    eviction.remove(Self.allElsewhere)
    #expect(eviction.leastRecentlyUsed == Self.all)
  }

  @Test mutating func `a stream without an utterance, or of a model that is gone, changes nothing`() {
    eviction.end(1, at: .seconds(1))
    load(Self.all)
    eviction.use(Self.all, by: 1, at: .seconds(2))
    eviction.remove(Self.all)
    eviction.end(1, at: .seconds(3))
    #expect(eviction.nextExpiry == nil)
  }
}
