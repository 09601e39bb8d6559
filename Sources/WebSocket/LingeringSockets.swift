import Glibc
internal import IO

/// Reads on, for a while, a connection that has been answered and is over: a socket closed with unread bytes is reset,
/// which costs the peer the answer it has not read yet.
final class LingeringSockets {
  private static let longest = Duration.seconds(2)
  /// More than this at once are closed as they are.
  private static let maximum = 256
  /// A peer that goes on sending more than this is cut.
  private static let maximumBytes = 1 << 20

  private final class Socket {
    let descriptor: Int32
    var watch: DescriptorWatch?
    var timer: LoopTimer?
    var bytes = 0
    init(_ descriptor: Int32) { self.descriptor = descriptor }
  }

  private unowned let loop: EventLoop
  private var sockets: [Int32: Socket] = [:]

  init(loop: EventLoop) { self.loop = loop }
  deinit { close() }

  /// Takes a descriptor of its own on a socket that is about to be closed.
  func keep(_ descriptor: Int32) {
    guard sockets.count < Self.maximum else { return }
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return }
    let socket = Socket(own)
    sockets[own] = socket
    socket.watch = loop.watch(descriptor: own, readable: { [unowned self, unowned socket] in self.read(socket) })
    socket.timer = loop.after(Self.longest) { [unowned self, unowned socket] in self.end(socket) }
  }

  func close() {
    for socket in Array(sockets.values) { end(socket) }
  }

  private func read(_ socket: Socket) {
    let count = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) {
      Glibc.read(socket.descriptor, $0.baseAddress, $0.count)
    }
    if count > 0 { socket.bytes += count }
    if count == 0 || socket.bytes > Self.maximumBytes || (count < 0 && errno != EAGAIN && errno != EINTR) {
      end(socket)
    }
  }

  private func end(_ socket: Socket) {
    socket.watch?.cancel()
    socket.timer?.cancel()
    Glibc.close(socket.descriptor)
    sockets[socket.descriptor] = nil
  }
}
