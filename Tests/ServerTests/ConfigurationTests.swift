import CommandLine
import Dialects
import IO
import Testing

@testable import Server

struct ConfigurationTests {
  private func settings(_ text: String, _ arguments: [String] = []) throws -> ServerSettings {
    let source = ConfigFile.Source(ServerSettings.flags) { _ in .success(Array(text.utf8)) }
    return try ServerSettings(
      Settings(
        ServerSettings.flags, arguments: ["--config", "a"] + arguments, environment: { _ in nil }, file: source))
  }

  @Test func `what can be taken is taken, and the rest is named until it is as it was`() throws {
    let live = LiveConfiguration(try settings("port = 1\nmax-connections-per-token = 5\n"))
    let first = live.change(to: try settings("port = 2\nmax-connections-per-token = 6\ntrusted-proxy = ::1\n"))
    #expect(first.taken == ["max-connections-per-token", "trusted-proxy"])
    #expect(first.restart == ["port"])
    #expect(live.entrance.connectionsPerToken == 6)
    let again = live.change(to: try settings("port = 2\nmax-connections-per-token = 6\n"))
    #expect(again.taken == ["trusted-proxy"])
    #expect(again.restart == ["port"])
    #expect(live.change(to: try settings("port = 1\n")).restart.isEmpty)
    #expect(live.entrance.connectionsPerToken == EntranceSettings.defaultConnections)
  }

  @Test func `a flag on the command line stays, whatever the file says`() throws {
    let live = LiveConfiguration(try settings("", ["--idle-timeout", "9"]))
    #expect(live.change(to: try settings("idle-timeout = 99", ["--idle-timeout", "9"])).taken.isEmpty)
    #expect(live.entrance.timeouts.idle == .seconds(9))
  }

  @Test func `a server with TLS takes another certificate, and becomes none without`() throws {
    let live = LiveConfiguration(try settings("tls-cert = a\ntls-key = b\n"))
    #expect(live.change(to: try settings("tls-cert = c\ntls-key = b\n")).taken == ["tls-cert"])
    #expect(live.entrance.certificate?.certificate == "c")
    let change = live.change(to: try settings("allow-origin = *\n"))
    #expect(change.taken == ["allow-origin"])
    #expect(change.restart == ["tls-cert", "tls-key"])
    #expect(live.entrance.certificate?.certificate == "c")
  }

  @Test func `limits that change keep what they have counted`() throws {
    final class Connection {}
    let connections = [Connection(), Connection()]
    let client = ClientIdentity(network: "192.0.2.7")
    var control = AccessControl(try settings("").entrance, tokens: nil, isOnLoopback: true)
    for connection in connections { control.opened(ObjectIdentifier(connection), by: client) }
    control.update(try settings("max-connections-per-address = 2").entrance)
    #expect(control.limits.excess(of: client) == .ofAddress(limit: 2))
    control.closed(ObjectIdentifier(connections[0]))
    #expect(control.limits.excess(of: client) == nil)
    control.update(try settings("max-bytes-per-second = 10").entrance)
    #expect(control.charge(20, to: client, at: .zero) == .seconds(1))
  }

  @Test func `an engine is that of the file, and where it names none that of the package`() throws {
    #expect(try settings("").engine == "mock")
    #expect(try settings("", ["--default-engine", "speech"]).engine == "speech")
    #expect(try settings("engine = mock", ["--default-engine", "speech"]).engine == "mock")
  }
}
