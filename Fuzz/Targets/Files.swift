import Audio

@testable import Capture
@testable import EngineSherpa

/// What is read of files besides by libsndfile and onnxruntime: the kind, the parts and the lengths of a sound file, a
/// model's description, its vocabulary.
func fuzzFiles(_ bytes: UnsafeRawBufferPointer) {
  for end in [bytes.count, nil] {
    let file = FileContents(end: end) { position, count in
      require(position >= 0 && count >= 0, "A header led before the file.")
      return Array(bytes.dropFirst(position).prefix(count))
    }
    var next: Int? = 0
    for _ in 0..<4 {
      guard let start = next else { break }
      let part = FileKind(file[start, 4096]).flatMap { FileParts.part($0, file, at: start) }
      if let part { check(part, file) }
      next = part?.next
      require(next.map { $0 > start } != false, "The next part of a file does not come after the one before it.")
    }
  }
  if let model = try? SpeechModel(parsing: bytes) {
    require(model.files.values.allSatisfy { !$0.contains("/") }, "A model names a file outside its folder.")
  }
  try? TokensFile.check(Array(bytes))
}

/// A part lies within its file, and what it promises is no less than nothing.
private func check(_ part: FilePart, _ file: FileContents) {
  require(part.view.start >= 0 && part.view.length >= part.view.head.count, "A part begins before its file.")
  require(part.unfinishedBytes.map { $0 >= 0 } != false, "A header says less than nothing.")
  switch part.promise {
  case .bytes(let count), .frames(let count): require(count >= 0, "A header promises less than nothing.")
  case .none, .more: break
  }
  for position in [0, part.view.head.count, part.view.length - 1] where position >= 0 {
    guard case .file(let place, let most) = part.view.place(of: position) else { continue }
    require(place >= part.view.start && most > 0, "A part of a file is read outside it.")
  }
}
