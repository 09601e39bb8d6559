import Platform
import Testing

struct ActivationSocketsTests {
  private func sockets(_ variables: [String: String]) -> [String] {
    ActivationSockets(pid: 7) { variables[$0] }.sockets.map { "\($0.descriptor) \($0.name)" }
  }

  @Test func `they are counted from 3, and have the names of their units`() {
    let three = ["LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:wyoming:http"]
    #expect(sockets(three) == ["3 http", "4 wyoming", "5 http"])
    let handed = ActivationSockets(pid: 7) { three[$0] }
    #expect(handed.named("wyoming") == [4])
    #expect(handed.others(than: "wyoming") == [3, 5])
    #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a"]) == ["3 a", "4 "])
    #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "1"]) == ["3 "])
  }

  @Test func `those of another process are not taken, nor a number that is none`() {
    #expect(sockets([:]) == [])
    #expect(sockets(["LISTEN_PID": "8", "LISTEN_FDS": "1"]) == [])
    #expect(sockets(["LISTEN_FDS": "1"]) == [])
    for count in ["0", "-1", "65", "many", ""] { #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": count]) == []) }
  }
}
