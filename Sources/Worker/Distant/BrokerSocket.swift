internal import Broker
internal import CLinux
internal import Glibc
internal import WorkerLink

/// A worker's connection to the broker: a descriptor that its parent has made ready, closed when this is released. It
/// never blocks.
final class BrokerSocket {
  let descriptor: Int32
  private var reader = ProtocolReader()
  private var state = BrokerState.established
  private var writer = ProtocolWriter()
  /// Bytes of the writer's that the kernel has taken.
  private var sent = 0
  /// Whether anything has come since this was set to false.
  var isHeard = true

  /// - Parameter rest: what has been read from it already.
  init(owning descriptor: Int32, rest: UnsafeRawBufferPointer) {
    self.descriptor = descriptor
    reader.take(rest)
  }

  deinit { close(descriptor) }

  var queuedBytes: Int { writer.bytes.count - sent }

  func write(_ body: (inout ProtocolWriter) -> Void) { body(&writer) }

  /// Writes what the kernel takes; false if the connection is over.
  func flush() -> Bool {
    while queuedBytes > 0 {
      let count = writer.bytes.withUnsafeBytes { bytes in
        send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count < 0 else {
        sent += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: return true
      default: return false
      }
    }
    writer.reset()
    sent = 0
    return true
  }

  /// Reads once and passes on every message; false if the connection is over.
  /// - Parameter complained: receives each complaint of the broker.
  func read(_ deliver: (BrokerMessage) -> Void, complained: (String) -> Void) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 16) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
      isHeard = true
      reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return passOn(deliver, complained)
    }
  }

  private static let readBytes = 256 << 10

  private func passOn(_ deliver: (BrokerMessage) -> Void, _ complained: (String) -> Void) -> Bool {
    do throws(BrokerError) {
      while let operation = try reader.next() {
        switch try state.take(operation, into: &writer) {
        case .message(let message): deliver(message)
        case .complaint(let reason): complained(reason)
        case .none, .ready, .startTLS: break
        }
      }
      return true
    } catch {
      return false
    }
  }
}

/// The socket between a worker and the parent that started it: the worker asks for connections and gets them.
enum ConnectionHandover {
  /// A byte stands before what has been read already: a message needs one.
  static let longestRest = 4 << 10

  /// The worker asks for a connection.
  static func ask(_ socket: Int32) -> Bool { send(socket, "c", 1, Int32(MSG_NOSIGNAL)) == 1 }

  /// The parent gives one, and closes its own descriptor.
  static func give(_ descriptor: Int32, _ rest: [UInt8], over socket: Int32) {
    if rest.count < longestRest { _ = linux_send_descriptor(socket, descriptor, [0] + rest, rest.count + 1) }
    close(descriptor)
  }

  enum Arrival {
    case connection(BrokerSocket)
    case nothing
    /// The parent is gone.
    case closed
  }

  static func take(_ socket: Int32) -> Arrival {
    withUnsafeTemporaryAllocation(byteCount: longestRest, alignment: 1) { buffer in
      var descriptor: Int32 = -1
      let count = linux_receive_descriptor(socket, &descriptor, buffer.baseAddress, buffer.count)
      guard count != 0 else { return .closed }
      guard count > 0 else { return errno == EAGAIN || errno == EINTR ? .nothing : .closed }
      guard descriptor >= 0 else { return .nothing }
      return .connection(
        BrokerSocket(owning: descriptor, rest: UnsafeRawBufferPointer(rebasing: buffer[1..<count])))
    }
  }
}
