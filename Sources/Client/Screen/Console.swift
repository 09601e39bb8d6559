import CLinux
import Glibc
import Platform
import SpeechClient

/// The outputs of the program: results on stdout, everything else on stderr, with a block that a terminal redraws in
/// place.
///
/// For the loop's thread. A live console hides the terminal's echo and cursor; `close` restores them.
final class Console {
  let traits: TerminalTraits
  /// Only results and what goes wrong are written.
  var isQuiet = false
  /// Keys are read as they are pressed, without a line's end.
  var takesKeys = false
  /// Results are shown on a terminal, above the block.
  let resultsAreSeen: Bool
  /// Called when stdout was closed by its reader or has failed.
  var outputClosed: (() -> Void)?
  private(set) var isOutputClosed = false
  /// Why results were lost. Nil if the reader closed stdout.
  private(set) var outputFailure: String?
  private var block: TerminalBlock
  private var shown: [StyledLine] = []
  private var drawnWidth = 0
  private var savedModes: termios?

  init() {
    let traits = TerminalTraits(isTerminal: isatty(StandardError.descriptor) == 1, environment: environmentVariable)
    self.traits = traits
    resultsAreSeen = isatty(STDOUT_FILENO) == 1
    block = TerminalBlock(color: traits.hasColor)
  }

  /// A terminal's block can be drawn: it is wanted, and no other job has the terminal.
  var isLive: Bool { traits.isLive && !isQuiet && isInFront }

  /// Without a terminal, lines from time to time take the block's place. A job in the background writes neither: the
  /// terminal belongs to another program until it is back in the foreground.
  var isLog: Bool { !traits.isLive }

  /// Whether the terminal's foreground is this program's, as far as it is its controlling terminal.
  private var isInFront: Bool {
    let group = tcgetpgrp(StandardError.descriptor)
    return group < 0 || group == getpgrp()
  }

  /// Columns of the block: one less than the terminal has, because a full last column makes some terminals wrap.
  var width: Int {
    var size = winsize()
    guard ioctl(StandardError.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  // MARK: - Lines

  /// Writes a line to stderr that scrolls with the others.
  func note(_ text: String) {
    let plain = TextCells.plain(text)
    let lines = isLive ? TextCells.wrap(plain, to: width + 1) : [plain]
    // A line that is dropped leaves the block as it is.
    let before = block
    guard let dropped = StandardError.put(eraseBlock() + lines.joined(separator: "\n") + "\n" + drawBlock()) else {
      block = before
      return
    }
    if dropped > 0 { note("\(dropped) lines dropped: nobody read them") }
  }

  /// The same for what a quiet client keeps to itself.
  func inform(_ text: String) {
    if !isQuiet { note(text) }
  }

  /// Writes whole lines of results, unchanged.
  func write(results text: UnsafeRawBufferPointer) {
    guard !isOutputClosed else { return }
    if resultsAreSeen {
      writeError(eraseBlock())
      StandardError.drain()
    }
    if !Self.writeAll(text, to: STDOUT_FILENO) {
      isOutputClosed = true
      if errno != EPIPE { outputFailure = "standard output: \(systemError())" }
      if let outputFailure { note("audio-client: \(outputFailure)") }
      outputClosed?()
    }
    if resultsAreSeen { writeError(drawBlock()) }
  }

  /// Writes a line of results.
  func result(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { write(results: UnsafeRawBufferPointer($0)) }
  }

  // MARK: - The block

  /// Shows `lines(width)` at the bottom of a live terminal. One that has not taken the last picture yet gets the next
  /// one instead.
  func show(_ lines: (Int) -> [StyledLine]) {
    guard isLive, StandardError.isIdle else { return }
    takeTerminal()
    shown = lines(width)
    writeError(drawBlock())
  }

  /// Removes the block. The next lines shown begin a new one.
  func clear() {
    writeError(eraseBlock())
    shown = []
  }

  private func eraseBlock() -> String {
    let erasure = block.erase(width: max(1, width + 1))
    return isInFront ? erasure : ""
  }

  private func drawBlock() -> String {
    guard isLive else { return "" }
    let width = width
    let wasResized = width != drawnWidth && !block.isEmpty
    drawnWidth = width
    return block.draw(
      shown.map { $0.cut(to: width, ellipsis: traits.glyphs.ellipsis) }, width: width + 1, wasResized: wasResized)
  }

  // MARK: - The terminal

  private func takeTerminal() {
    guard savedModes == nil else { return }
    var modes = termios()
    guard tcgetattr(StandardError.descriptor, &modes) == 0 else { return }
    savedModes = modes
    modes.c_lflag &= ~tcflag_t(ECHO)
    if takesKeys {
      modes.c_lflag &= ~tcflag_t(ICANON)
      // A read returns with the first byte.
      withUnsafeMutableBytes(of: &modes.c_cc) {
        $0[Int(VMIN)] = 1
        $0[Int(VTIME)] = 0
      }
    }
    // Nothing waits for a terminal that was stopped.
    tcsetattr(StandardError.descriptor, TCSANOW, &modes)
    writeError("\u{1B}[?25l")
  }

  /// Removes the block and restores the terminal.
  func close() {
    clear()
    defer { StandardError.drain() }
    guard var modes = savedModes else { return }
    savedModes = nil
    // In the background it would stop the program, and the shell has its own modes there.
    guard isInFront else { return }
    writeError("\u{1B}[?25h")
    tcsetattr(StandardError.descriptor, TCSANOW, &modes)
  }

  // MARK: - Writing

  /// By a thread of its own: what nobody reads does not stop a recording.
  private func writeError(_ text: String) {
    if !text.isEmpty { StandardError.put(text) }
  }

  /// - Returns: false if the reader is gone or the disk is full. The reason is in `errno`.
  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
