internal import CLinux
internal import Glibc

/// How many descriptors this process may have open.
public enum DescriptorLimit {
  /// The limit now; nil when the system does not tell it.
  public static var current: Int? { read().map { Int(clamping: $0.rlim_cur) } }

  /// Raises it to what the system allows; the limit from then on.
  @discardableResult
  public static func raise() -> Int? {
    guard var limit = read() else { return nil }
    let before = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    return Int(clamping: setrlimit(descriptors, &limit) == 0 ? limit.rlim_max : before)
  }

  private static var descriptors: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

  private static func read() -> rlimit? {
    var limit = rlimit()
    return getrlimit(descriptors, &limit) == 0 ? limit : nil
  }
}
