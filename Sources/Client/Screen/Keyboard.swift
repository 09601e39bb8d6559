import Glibc
import IO

/// The keys pressed on the terminal that shows the block, one by one.
final class Keyboard {
  /// A program in the background must not read: it would be stopped. It looks again after this time.
  private static let backgroundPause = Duration.seconds(1)

  /// Called with each byte.
  var pressed: ((UInt8) -> Void)?
  private let loop: EventLoop
  private var watch: DescriptorWatch?

  /// - Returns: nil unless standard input is the terminal that the console draws on.
  init?(_ console: Console, on loop: EventLoop) {
    guard console.isLive, Self.isTerminal(STDIN_FILENO, of: STDERR_FILENO) else { return nil }
    self.loop = loop
    console.takesKeys = true
    watch = loop.watch(descriptor: STDIN_FILENO, readable: { [unowned self] in read() })
  }

  deinit { watch?.cancel() }

  private static func isTerminal(_ input: Int32, of output: Int32) -> Bool {
    var (one, other) = (stat(), stat())
    return isatty(input) == 1 && fstat(input, &one) == 0 && fstat(output, &other) == 0 && one.st_rdev == other.st_rdev
  }

  private func read() {
    guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return rest() }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
    guard count > 0 else {
      if count == 0 || (errno != EINTR && errno != EAGAIN) { watch?.wantsReadable = false }
      return
    }
    for byte in bytes.prefix(count) { pressed?(byte) }
  }

  private func rest() {
    watch?.wantsReadable = false
    loop.after(Self.backgroundPause) { [weak self] in self?.watch?.wantsReadable = true }
  }
}
