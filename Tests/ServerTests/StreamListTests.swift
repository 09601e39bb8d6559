import Audio
import JSON
import Recognition
import Testing
import Web

@testable import Server

struct StreamListTests {
  private func query(_ items: [(String, String)]) throws -> StreamListQuery {
    try StreamListQuery(
      HTTPRequest(method: "GET", path: "/api/audio/streams", query: items.map { .init(name: $0, value: $1) }))
  }

  private func entry(_ id: Int, _ change: (inout StreamEntry) -> Void = { _ in }) -> StreamEntry {
    var entry = StreamEntry(
      clientID: id, peer: "192.0.2.7:1", token: "alice", request: StreamRequest(format: .standard, engine: "speech"),
      age: 1, received: .init(chunks: 3, seconds: 0.3, chunksPerSecond: 9.96, isLive: true), clipped: 2,
      load: .init(waiting: 1, backlogSeconds: 0.25, heldBytes: 9600), worker: 1)
    change(&entry)
    return entry
  }

  @Test func `without parameters the oldest come first, two hundred of them`() throws {
    let query = try query([("other", "x")])
    #expect((query.order, query.limit) == (.age, 200))
    for order in StreamListQuery.Order.allCases { #expect(try self.query([("sort", order.rawValue)]).order == order) }
    #expect(try self.query([("limit", "1000")]).limit == 1000)
  }

  @Test(arguments: [
    ("sort", "text", "sort: expected one of age, chunks_per_second, dbfs, waiting, backlog, away, got \"text\""),
    ("sort", "", "sort: expected one of age, chunks_per_second, dbfs, waiting, backlog, away, got \"\""),
    ("limit", "0", "limit: expected an integer from 1 to 1000, got \"0\""),
    ("limit", "1001", "limit: expected an integer from 1 to 1000, got \"1001\""),
    ("limit", "9999999999999999999999", "limit: expected an integer from 1 to 1000, got \"9999999999999999999999\""),
  ])
  func `another value is named with what is allowed`(_ name: String, _ value: String, _ error: String) {
    #expect(throws: StreamListQuery.Problem(description: error)) { try query([(name, value)]) }
  }

  @Test func `what came is cut`() {
    let error = #expect(throws: StreamListQuery.Problem.self) {
      try query([("limit", String(repeating: "9", count: 5000))])
    }
    #expect((error?.description.count ?? 0) < 300)
  }

  @Test(arguments: [
    ("age", [2, 1, 3]), ("chunks_per_second", [3, 1, 2]), ("dbfs", [1, 3, 2]), ("waiting", [2, 3, 1]),
    ("backlog", [1, 2, 3]), ("away", [3, 1, 2]),
  ])
  func `the largest come first, and those alike in their order`(_ sort: String, _ ids: [Int]) throws {
    let loud = Levels(samples: 1, sumOfSquares: 1, peak: 1, clipped: 1)
    let entries = [
      entry(3) {
        ($0.received.chunksPerSecond, $0.load.waiting, $0.away) = (50, 2, 7)
        $0.lastLevels = Levels(samples: 1, sumOfSquares: 0.25, peak: 0.5, clipped: 0)
      },
      entry(2) { ($0.age, $0.load.waiting) = (60, 9) }, entry(1) { $0.lastLevels = loud },
    ]
    #expect(try query([("sort", sort)]).sorted(entries).map(\.clientID) == ids)
  }

  @Test func `the lists of loops are one, as long as was asked for`() throws {
    let query = try query([("limit", "2")])
    var list = StreamList([entry(1), entry(2) { $0.age = 5 }, entry(3)], query)
    #expect(list.entries.map(\.clientID) == [2, 1])
    list.add(StreamList([entry(4) { $0.age = 3 }], query), query)
    #expect(list.entries.map(\.clientID) == [2, 4])
    #expect(list.total == 4)
    #expect(try JSONValue(parsing: list.json.utf8)["total"]?.integer == 4)
  }

  @Test func `an entry has these members, and none with text`() throws {
    var list = StreamList([entry(7)], StreamListQuery())
    #expect(
      list.json
        == #"{"total":1,"streams":[{"client_id":7,"peer":"192.0.2.7:1","token":"alice","engine":"speech","sample_rate":16000,"channels":1,"encoding":"s16le","age":1.0,"away":null,"chunks":3,"seconds":0.3,"chunks_per_second":10.0,"live":true,"dbfs":null,"peak":0.0,"clipped":0,"clipped_total":2,"waiting":1,"backlog":0.3,"held_bytes":9600,"worker":1}]}"#
    )
    let away = entry(8) {
      ($0.peer, $0.token, $0.away, $0.worker) = (nil, nil, 12.34, nil)
      $0.lastLevels = Levels(samples: 2, sumOfSquares: 0.5, peak: 0.5, clipped: 1)
    }
    list = StreamList([away], StreamListQuery())
    let json = try JSONValue(parsing: list.json.utf8)["streams"]?.array?.first
    #expect(json?["away"]?.double == 12.3)
    #expect(json?["dbfs"]?.double == -6)
    #expect(json?["peer"] == .null && json?["token"] == .null && json?["worker"] == .null)
  }
}
