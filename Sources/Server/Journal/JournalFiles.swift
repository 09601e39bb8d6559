import Synchronization

/// The files of one loop in one life of the server.
struct JournalFiles: Sendable {
  let folder: JournalFolder
  let server: String
  let loop: Int

  func path(_ number: Int) -> String { folder.file(server, loop: loop, number: number) }
}

/// Files of earlier servers: they can go when every loop has written its part of them anew.
final class InheritedFiles: Sendable {
  private let state: Mutex<(waiting: Set<Int>, files: [String])>

  init(_ files: [String], loops: Int) { state = Mutex((Set(0..<loops), files)) }

  /// The loop does not need them any more. - Returns: the files, for the last one.
  func release(loop: Int) -> [String] {
    state.withLock { state in
      guard state.waiting.remove(loop) != nil, state.waiting.isEmpty else { return [] }
      return state.files
    }
  }
}
