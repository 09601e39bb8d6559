internal import Glibc

/// Programs of Debian's Prometheus: from Scripts/setup-prometheus, or installed.
public enum PrometheusPrograms {
  public static let promtool = path("promtool")
  public static let prometheus = path("prometheus")
  /// In CI they are there, or the test fails.
  public static let areExpected = promtool != nil && prometheus != nil || getenv("CI") != nil
  public static let requirement = "no Prometheus here: Scripts/setup-prometheus"

  private static func path(_ name: String) -> String? {
    let own = "\(TextFile.repository)/.deps/prometheus/usr/bin/\(name)"
    if access(own, X_OK) == 0 { return own }
    return (try? ShellCommand.run("command -v '\(name)'")).map { String($0.prefix { $0 != "\n" }) }
  }
}
