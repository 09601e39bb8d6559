/// Decides when each of several files is opened and sent: `jobs` at once, in order, and only one until a server has
/// answered, so that a problem with the server is reported once.
struct FileQueue: Equatable {
  /// Without an end if they are sent again and again.
  let count: Int
  let jobs: Int
  private var next = 0
  private var opening: Set<Int> = []
  /// Opened files, ascending.
  private var ready: [Int] = []
  private(set) var running: Set<Int> = []
  private var hasServer = false
  private var isClosed = false
  private var begun: Set<Int> = []
  private var failed: Set<Int> = []

  init(count: Int, jobs: Int, isLoop: Bool = false) {
    precondition(jobs > 0, "At least one file is sent at a time.")
    self.count = isLoop ? .max : count
    self.jobs = jobs
  }

  /// Nothing is running, and nothing will be.
  var isOver: Bool { running.isEmpty && (isClosed || (next == count && opening.isEmpty && ready.isEmpty)) }

  /// The next to open, if it is time.
  mutating func nextToOpen() -> Int? {
    guard !isClosed, next < count, opening.count + ready.count + running.count < jobs else { return nil }
    defer { next += 1 }
    opening.insert(next)
    return next
  }

  mutating func opened(_ index: Int) {
    guard opening.remove(index) != nil else { return }
    ready.insert(index, at: ready.firstIndex { $0 > index } ?? ready.endIndex)
  }

  /// The file cannot be opened.
  mutating func failed(_ index: Int) {
    opening.remove(index)
    failed.insert(index)
  }

  /// The next to send, if it is time.
  mutating func nextToSend() -> Int? {
    guard !isClosed, !ready.isEmpty, hasServer || running.isEmpty else { return nil }
    let index = ready.removeFirst()
    running.insert(index)
    begun.insert(index)
    return index
  }

  /// A server accepts streams.
  mutating func serverAnswered() { hasServer = true }

  mutating func ended(_ index: Int) { running.remove(index) }

  /// Begins no more files.
  mutating func close() { isClosed = true }

  /// Files that were not begun and have not failed. None if they are sent again and again.
  var unsent: [Int] { count == .max ? [] : (0..<count).filter { !begun.contains($0) && !failed.contains($0) } }
  /// Files that are over or have failed.
  var done: Int { begun.union(failed).subtracting(running).count }
}
