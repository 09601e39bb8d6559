internal import Glibc

/// The value of an environment variable; nil when it is not set.
public func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// The path of the program that runs, without links; empty when the system does not tell it.
public func executablePath() -> String {
  guard let path = realpath("/proc/self/exe", nil) else { return "" }
  defer { free(path) }
  return String(cString: path)
}
