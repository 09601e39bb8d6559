extension UnsafeRawBufferPointer {
  /// Whether a stream that begins so may be a WAV file. Other files have to be decoded, which is not done live.
  var mayBeWaveFile: Bool { ["RIFF", "RF64", "BW64"].contains { $0.utf8.starts(with: prefix(4)) } }
}
