@testable import Capture
@testable import EngineSherpa

/// What is read of files besides by libsndfile and onnxruntime: the length a sound file's header promises, a model's
/// description, its vocabulary.
func fuzzFiles(_ bytes: UnsafeRawBufferPointer) {
  let frames = PromisedLength.frames { position, count in
    require(position >= 0 && count >= 0, "A header led before the file.")
    return Array(bytes.dropFirst(position).prefix(count))
  }
  require(frames.map { $0 >= 0 } != false, "A file promises fewer than no frames.")
  if let model = try? SpeechModel(parsing: bytes) {
    require(model.files.values.allSatisfy { !$0.contains("/") }, "A model names a file outside its folder.")
  }
  try? TokensFile.check(Array(bytes))
}
