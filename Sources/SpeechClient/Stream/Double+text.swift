import Glibc
import Platform

extension Double {
  /// Rounded to this many decimals: `(12.345).fixed(1)` is `12.3`.
  package func fixed(_ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard isFinite, magnitude < 1e15, magnitude * scale < 1e18 else { return description }
    let scaled = Int((magnitude * scale).rounded())
    let sign = self < 0 && scaled > 0 ? "-" : ""
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int(scale))
    guard decimals > 0 else { return sign + "\(whole)" }
    let digits = String(rest)
    return sign + "\(whole)." + String(repeating: "0", count: decimals - digits.count) + digits
  }

  /// Seconds as `0:07.3`, `12:00.0` or `1:02:03.4`.
  package func clock(tenths: Bool = true) -> String {
    let total = Int((max(0, self) * 10).rounded(tenths ? .toNearestOrAwayFromZero : .down))
    let (seconds, tenth) = (total / 10, total % 10)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let hours = seconds / 3600
    let minutes = seconds / 60 % 60
    let text = hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    return tenths ? text + ".\(tenth)" : text
  }
}

extension Double {
  /// Seconds as `00:03.10` or `1:00:03.10`.
  package var timestamp: String {
    let total = Int((max(0, self) * 100).rounded())
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let hours = total / 360_000
    return (hours > 0 ? "\(hours):" : "") + "\(two(total / 6000 % 60)):\(two(total / 100 % 60)).\(two(total % 100))"
  }
}

package func logarithm10(_ number: Double) -> Double { log10(number) }

extension Duration {
  /// For people: `870 µs`, `1.4 ms`, `12 ms`, `3.2 s`.
  package var brief: String {
    let seconds = inSeconds
    switch seconds {
    case ..<0.001: return "\((seconds * 1e6).fixed(0)) µs"
    case ..<0.01: return "\((seconds * 1e3).fixed(1)) ms"
    case ..<1: return "\((seconds * 1e3).fixed(0)) ms"
    default: return "\(seconds.fixed(1)) s"
    }
  }
}
