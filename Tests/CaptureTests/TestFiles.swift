internal import Glibc
import Support

/// Paths in a folder of the test's own, gone with it.
final class TestFiles: Sendable {
  private let temporary: TemporaryFolder

  init() {
    guard let made = try? TemporaryFolder() else { preconditionFailure("a temporary folder can be made") }
    temporary = made
  }

  var folder: String { temporary.path }

  /// A path where nothing is yet.
  func path() -> String { "\(folder)/\(UInt64.random(in: 0 ... .max))" }

  func path(containing bytes: [UInt8]) throws -> String {
    let path = path()
    try TextFile.write(bytes, to: path)
    return path
  }

  static func bytes(_ path: String) -> [UInt8] { TextFile.bytes(path) ?? [] }
}

/// Work that blocks, beside the tests: their own threads are as many as the machine has cores.
final class TestThread {
  private final class Work {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  private var thread = pthread_t()

  init(_ run: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(run))
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, work.toOpaque())
    precondition(code == 0, "a thread can be made")
  }

  func join() { pthread_join(thread, nil) }
}
