internal import Glibc

/// The value of an environment variable; nil when it is not set. A path in it reaches the system as `systemName`.
public func environmentVariable(_ name: String) -> String? { getenv(name).map { String(systemName: $0) } }

/// The path of the program that runs, without links; empty when the system does not tell it.
public func executablePath() -> String {
  guard let path = realpath("/proc/self/exe", nil) else { return "" }
  defer { free(path) }
  return String(systemName: path)
}

/// The arguments of the program, without its own name.
public var programArguments: [String] {
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map { String(systemName: $0) }
  }
}

/// The variables for a program that gets untrusted input, as `NAME=value`: those that loading and running it may need.
/// Secrets are in others.
public func sandboxVariables() -> [String] {
  let names = [
    "LD_LIBRARY_PATH", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
    "UBSAN_OPTIONS",
  ]
  return names.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
}
