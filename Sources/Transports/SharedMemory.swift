internal import CLinux
internal import Glibc

/// Memory that a server fills and its worker reads, so that sound is not copied through the kernel.
///
/// Neither side can change its size, and the worker can't write to it.
public final class SharedMemory {
  /// Eight blocks of frames. Closed loops of 3200 bytes fill more in a round, but gain 1 % by twice as many.
  public static let bytes = 2 << 20

  let descriptor: Int32
  let region: UnsafeMutableRawBufferPointer

  // linux/memfd.h and fcntl.h: closed in programs that are started, may be sealed, never a program itself. Nobody seals
  // it, shrinks it, grows it or maps it for writing any more.
  private static let flags: UInt32 = 1 | 2
  private static let noProgram: UInt32 = 8
  private static let seals: Int32 = 1 | 2 | 4 | 0x10

  /// New memory; nil where the system has none to share.
  public init?() {
    var memory = memfd_create("frames", Self.flags | Self.noProgram)
    // Before Linux 6.3.
    if memory < 0 { memory = memfd_create("frames", Self.flags) }
    // Above the descriptors that a program gets when it is started: one of those could take its place.
    descriptor = linux_duplicate(memory, 5)
    close(memory)
    guard descriptor >= 0 else { return nil }
    guard ftruncate(descriptor, Self.bytes) == 0, let region = Self.map(descriptor, PROT_READ | PROT_WRITE) else {
      close(descriptor)
      return nil
    }
    self.region = region
    // From now on: what is mapped already stays writable.
    guard linux_add_seals(descriptor, Self.seals) == 0 else { return nil }
  }

  /// Memory that the process that started this one has left behind a descriptor; nil if that is something else.
  public init?(inherited descriptor: Int32) {
    let found = linux_seals(descriptor)
    // The kernel may have added one: never a program.
    guard found >= 0, found & Self.seals == Self.seals, lseek(descriptor, 0, SEEK_END) == Self.bytes,
      let region = Self.map(descriptor, PROT_READ)
    else { return nil }
    self.descriptor = descriptor
    self.region = region
  }

  deinit {
    munmap(region.baseAddress, region.count)
    close(descriptor)
  }

  private static func map(_ descriptor: Int32, _ access: Int32) -> UnsafeMutableRawBufferPointer? {
    let start = mmap(nil, bytes, access, MAP_SHARED, descriptor, 0)
    return start == MAP_FAILED ? nil : UnsafeMutableRawBufferPointer(start: start, count: bytes)
  }
}
