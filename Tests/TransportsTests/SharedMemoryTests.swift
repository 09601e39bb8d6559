import CLinux
import Glibc
import Testing

@testable import Transports

@Suite struct SharedMemoryTests {
  /// The same memory as the program gets it that inherits the descriptor.
  private func inherited(_ memory: SharedMemory) throws -> SharedMemory {
    try #require(SharedMemory(inherited: dup(memory.descriptor)))
  }

  @Test func `what one side writes, the other one reads`() throws {
    let ours = try #require(SharedMemory())
    let theirs = try inherited(ours)
    #expect(ours.region.count == SharedMemory.bytes && theirs.region.count == SharedMemory.bytes)
    #expect(theirs.region.allSatisfy { $0 == 0 })
    ours.region[0] = 1
    ours.region[SharedMemory.bytes - 1] = 2
    #expect(theirs.region[0] == 1 && theirs.region[SharedMemory.bytes - 1] == 2)
  }

  @Test func `the one who inherits it can't write to it`() throws {
    let ours = try #require(SharedMemory())
    let theirs = try inherited(ours)
    #expect(write(theirs.descriptor, "x", 1) == -1 && errno == EPERM)
    #expect(pwrite(theirs.descriptor, "x", 1, 0) == -1 && errno == EPERM)
    let bytes = SharedMemory.bytes
    #expect(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, theirs.descriptor, 0) == MAP_FAILED)
    #expect(errno == EPERM)
    #expect(mprotect(theirs.region.baseAddress, bytes, PROT_READ | PROT_WRITE) == -1 && errno == EACCES)
    // Opened once more, it is no other file.
    let again = open("/proc/self/fd/\(theirs.descriptor)", O_RDWR)
    defer { close(again) }
    #expect(again < 0 || write(again, "x", 1) == -1)
    #expect(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED)
    // MADV_REMOVE would make it zeros.
    ours.region[0] = 1
    #expect(madvise(theirs.region.baseAddress, 4096, 9) == -1)
    #expect(ours.region[0] == 1)
  }

  @Test func `nobody can change its size, or permit it again`() throws {
    let ours = try #require(SharedMemory())
    let theirs = try inherited(ours)
    for memory in [ours, theirs] {
      for size in [0, SharedMemory.bytes - 4096, SharedMemory.bytes + 4096] {
        #expect(ftruncate(memory.descriptor, size) == -1 && errno == EPERM)
      }
      #expect(linux_add_seals(memory.descriptor, 8) == -1 && errno == EPERM)
    }
  }

  @Test func `no program that is started gets it, unless it is told to`() throws {
    let memory = try #require(SharedMemory())
    #expect(fcntl(memory.descriptor, F_GETFD) == FD_CLOEXEC)
    // Nor does it lie where one gets what it is told to.
    #expect(memory.descriptor > 4)
  }

  @Test func `it is given back with its last user`() throws {
    var memory = SharedMemory()
    let descriptor = try #require(memory?.descriptor)
    memory = nil
    #expect(fcntl(descriptor, F_GETFD) == -1)
  }

  @Test func `anything else behind the descriptor is no shared memory, and stays as it is`() throws {
    let file = memfd_create("of another size", 1 | 2)
    let open = memfd_create("writable", 1 | 2)
    #expect(ftruncate(file, 4096) == 0 && ftruncate(open, SharedMemory.bytes) == 0)
    #expect(linux_add_seals(file, 1 | 2 | 4 | 0x10) == 0)
    let null = Glibc.open("/dev/null", O_RDWR)
    for descriptor in [file, open, null] {
      #expect(SharedMemory(inherited: descriptor) == nil)
      #expect(fcntl(descriptor, F_GETFD) >= 0)
      close(descriptor)
    }
    #expect(SharedMemory(inherited: null) == nil)
    #expect(SharedMemory(inherited: -1) == nil)
  }
}
