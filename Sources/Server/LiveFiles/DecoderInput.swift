import CLinux
import Glibc
import IO

/// The end of a pipe from which a decoder reads. What does not fit in it waits here.
final class DecoderInput {
  private let descriptor: Int32
  private var watch: DescriptorWatch?
  private var waiting: [UInt8] = []
  private var written = 0
  private var isOpen = true
  /// Whether it is closed as soon as nothing waits.
  private var isEnding = false
  private let drained: () -> Void

  /// - Parameters:
  ///   - descriptor: of a pipe that does not block. It is closed with this.
  ///   - drained: everything that waited is in the pipe.
  init(_ descriptor: Int32, on loop: EventLoop, drained: @escaping () -> Void) {
    self.descriptor = descriptor
    self.drained = drained
    watch = loop.watch(descriptor: descriptor, writable: { [weak self] in self?.writeWaiting() })
    watch?.wantsWritable = false
  }

  deinit { shut() }

  var waitingBytes: Int { waiting.count - written }

  /// Whether the decoder has not read everything yet.
  var hasUnread: Bool { isOpen && (waitingBytes > 0 || linux_unread_bytes(descriptor) > 0) }

  func send(_ bytes: UnsafeRawBufferPointer) {
    guard isOpen, !isEnding else { return }
    let count = waitingBytes > 0 ? 0 : write(bytes)
    guard isOpen, count < bytes.count else { return }
    waiting.append(contentsOf: bytes[count...])
    watch?.wantsWritable = true
  }

  /// Nothing follows.
  func end() {
    isEnding = true
    if waitingBytes == 0 { shut() }
  }

  /// - Returns: how many bytes are in the pipe now.
  private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count > 0 {
        done += count
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        // Nobody reads any more: its end will be noticed at its output.
        shut()
        break
      }
    }
    return done
  }

  private func writeWaiting() {
    written += waiting.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[written...])) }
    guard isOpen else { return drained() }
    guard waitingBytes == 0 else { return }
    (waiting, written) = ([], 0)
    watch?.wantsWritable = false
    if isEnding { shut() }
    drained()
  }

  private func shut() {
    guard isOpen else { return }
    isOpen = false
    (waiting, written) = ([], 0)
    watch?.cancel()
    watch = nil
    close(descriptor)
  }
}
