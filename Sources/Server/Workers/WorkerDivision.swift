/// How many workers each loop has: every loop at least one of its own, so that a stream meets no other thread on its
/// way.
enum WorkerDivision {
  /// As even as can be; the later loops have one more, since the first accepts connections besides.
  static func divide(_ workers: Int, over loops: Int) -> [Int] {
    precondition(workers >= loops, "every loop has a worker")
    return (0..<loops).map { workers * ($0 + 1) / loops - workers * $0 / loops }
  }
}
