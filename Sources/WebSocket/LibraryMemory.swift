import Glibc

/// The library's memory. It gives each WebSocket a buffer as large as the largest read, and hardly ever touches it:
/// from `malloc` each would cost the page its header lies in, which is as much as all the rest of an idle connection.
enum LibraryMemory {
  /// So many bytes and a little more are pages of their own.
  private static let pagesFrom = LibraryContext.readBytes
  /// What a mapping has: its size is asked for when it is given back, and nobody remembers it.
  private static let mappedBytes = pagesFrom + 8192
  /// How far into a mapping what is given lies: so it can be told from what `malloc` gives, which are multiples of 16.
  private static let offset = 8

  /// As `realloc`, but that no bytes are nothing: the library frees with it.
  static func reallocate(_ memory: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer? {
    let isMapped = memory.map { Int(bitPattern: $0) % 16 == offset } ?? false
    let room = mappedBytes - offset
    switch (memory, isMapped) {
    case (nil, _): return (pagesFrom...room).contains(count) ? map() : malloc(count)
    case (_, false) where count == 0: free(memory)
    case (_, false): return realloc(memory, count)
    case (_, true) where count == 0: munmap(memory.map { $0 - offset }, mappedBytes)
    case (_, true) where count <= room: return memory
    case (let memory?, true):
      let moved = malloc(count)
      moved?.copyMemory(from: memory, byteCount: room)
      munmap(memory - offset, mappedBytes)
      return moved
    }
    return nil
  }

  private static func map() -> UnsafeMutableRawPointer? {
    let pages = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    // The system allows some 65,000 mappings: with more connections than that they cost a page each.
    return pages == MAP_FAILED ? malloc(mappedBytes) : pages.map { $0 + offset }
  }
}
