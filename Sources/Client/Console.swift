import Glibc
import Platform

/// The two outputs: results on stdout, everything else on stderr, where a terminal shows a block that is redrawn in place.
///
/// For the loop's thread. A live console has taken the terminal's echo and cursor; `close` gives them back.
final class Console {
  let traits: TerminalTraits
  /// Lines of results scroll past the block.
  let resultsAreSeen: Bool
  /// Stdout takes nothing more.
  var outputClosed: (() -> Void)?
  private(set) var isOutputClosed = false
  /// Why results were lost; nil also when whoever read them has had enough.
  private(set) var outputFailure: String?
  private var block: TerminalBlock
  private var shown: [StyledLine] = []
  private var drawnWidth = 0
  private var savedModes: termios?

  init() {
    let traits = TerminalTraits(isTerminal: isatty(STDERR_FILENO) == 1, environment: environmentVariable)
    self.traits = traits
    resultsAreSeen = isatty(STDOUT_FILENO) == 1
    block = TerminalBlock(color: traits.hasColor)
  }

  var isLive: Bool { traits.isLive }

  /// Columns of the block: one fewer than the terminal has, for a full last column makes some terminals wrap.
  var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  // MARK: - Lines

  /// A line on stderr that stays.
  func note(_ text: String) {
    let plain = TextCells.plain(text)
    let lines = isLive ? TextCells.wrap(plain, to: width + 1) : [plain]
    writeError(eraseBlock() + lines.joined(separator: "\n") + "\n" + drawBlock())
  }

  /// Whole lines of results, byte for byte.
  func write(results text: UnsafeRawBufferPointer) {
    guard !isOutputClosed else { return }
    if resultsAreSeen { writeError(eraseBlock()) }
    if !Self.writeAll(text, to: STDOUT_FILENO) {
      isOutputClosed = true
      if errno != EPIPE { outputFailure = "standard output: \(systemError())" }
      if let outputFailure { note("audio-client: \(outputFailure)") }
      outputClosed?()
    }
    if resultsAreSeen { writeError(drawBlock()) }
  }

  /// A line of results.
  func result(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { write(results: UnsafeRawBufferPointer($0)) }
  }

  // MARK: - The block

  /// Shows `lines(width)` at the bottom, or nothing when this is no live terminal.
  func show(_ lines: (Int) -> [StyledLine]) {
    guard isLive else { return }
    takeTerminal()
    shown = lines(width)
    writeError(drawBlock())
  }

  /// Takes the block away; what is shown next begins a new one.
  func clear() {
    writeError(eraseBlock())
    shown = []
  }

  private func eraseBlock() -> String { block.erase(width: max(1, width + 1)) }

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
    // In the background a change of modes would stop the program.
    guard tcgetattr(STDERR_FILENO, &modes) == 0, tcgetpgrp(STDERR_FILENO) == getpgrp() else { return }
    savedModes = modes
    modes.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDERR_FILENO, TCSADRAIN, &modes)
    writeError("\u{1B}[?25l")
  }

  /// Takes the block away and gives the terminal back as it was.
  func close() {
    clear()
    guard var modes = savedModes else { return }
    savedModes = nil
    writeError("\u{1B}[?25h")
    tcsetattr(STDERR_FILENO, TCSADRAIN, &modes)
  }

  // MARK: - Writing

  private func writeError(_ text: String) {
    guard !text.isEmpty else { return }
    var text = text
    text.withUTF8 { _ = Self.writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  /// - Returns: false when nobody reads there any more, or there is no room; `errno` says which.
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
