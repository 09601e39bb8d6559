import Glibc
import Support
import Testing

/// The configurations of proxies in packaging/proxies, each with the real program.
@Suite struct ProxyTests {
  private static let own = "\(TextFile.repository)/.deps/proxies"
  private static let hasOwn = access("\(own)/usr/sbin/haproxy", X_OK) == 0
  private static let isAvailable = hasOwn || ["nginx", "caddy", "haproxy"].allSatisfy(ShellCommand.has)

  @Test(.enabled(if: isAvailable && LongForm.isWanted, "a minute, and no proxies without Scripts/setup-proxies"))
  func `streams pass through each proxy, and sessions go on when it is killed`() async throws {
    let script = try await Program.run(
      "\(TextFile.repository)/packaging/test/proxies.sh", [Program.buildFolder],
      environment: Self.hasOwn ? ["PROXIES": Self.own] : [:], within: .seconds(300))
    #expect(script.end == .status(0), "\(script.standardError.text)")
  }
}
