import Glibc
import Testing

@testable import Platform

struct NotifySocketTests {
  private func socket(_ variables: [String: String]) -> NotifySocket? {
    NotifySocket(pid: 7) { variables[$0] }
  }

  @Test func `without a socket nobody is told`() {
    #expect(socket([:]) == nil)
    #expect(socket(["NOTIFY_SOCKET": ""]) == nil)
    // Protocols other than those of Unix sockets.
    #expect(socket(["NOTIFY_SOCKET": "vsock:2:1234"]) == nil)
    #expect(socket(["NOTIFY_SOCKET": "/run/systemd/notify"])?.path == "/run/systemd/notify")
  }

  @Test func `a watchdog is for one process, and hears from it twice in its time`() {
    let plain = ["NOTIFY_SOCKET": "@a"]
    #expect(socket(plain)?.watchdogInterval == nil)
    let patient = plain.merging(["WATCHDOG_USEC": "20000000"]) { $1 }
    #expect(socket(patient)?.watchdogInterval == .seconds(10))
    #expect(socket(patient.merging(["WATCHDOG_PID": "7"]) { $1 })?.watchdogInterval == .seconds(10))
    #expect(socket(patient.merging(["WATCHDOG_PID": "8"]) { $1 })?.watchdogInterval == nil)
    #expect(socket(plain.merging(["WATCHDOG_USEC": "soon"]) { $1 })?.watchdogInterval == nil)
  }

  @Test func `notices are lines of assignments`() {
    #expect(NotifySocket.Notice.ready("a").message == "READY=1\nSTATUS=a")
    #expect(NotifySocket.Notice.alive("b").message == "WATCHDOG=1\nSTATUS=b")
    #expect(NotifySocket.Notice.reloading.message == "RELOADING=1")
    #expect(NotifySocket.Notice.stopping.message == "STOPPING=1\nSTATUS=shutting down")
  }

  @Test func `a socket that nobody reads holds nobody up`() {
    socket(["NOTIFY_SOCKET": "/nowhere/notify"])?.notify(.stopping)
    socket(["NOTIFY_SOCKET": "/" + String(repeating: "a", count: 200)])?.notify(.stopping)
  }
}
