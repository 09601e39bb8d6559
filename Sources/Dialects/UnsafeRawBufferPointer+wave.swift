internal import Audio

extension UnsafeRawBufferPointer {
  /// Whether a stream that begins so may be a WAV file. Other files have to be decoded, which is not done live.
  var mayBeWaveFile: Bool { ["RIFF", "RF64", "BW64"].contains { $0.utf8.starts(with: prefix(4)) } }

  /// The end of a sentence that says what was expected instead of a stream that begins so.
  var gotInstead: String { FileKind(self).map { ", got \($0.name)" } ?? "" }
}
