internal import Audio

/// Samples without a header, or behind one that was read here.
struct RawSamples: Equatable {
  var coding: WaveCoding.Samples
  var channels: Int
  var sampleRate: Int
  var isBigEndian = false
  /// 24 bits are the lower three of four bytes.
  var isLower = false

  var frameBytes: Int { coding.bytes * channels }
}

/// A part of a file that is decoded by itself, and what is known of its length. Most files have one.
struct FilePart: Equatable {
  /// How much sound there should be.
  enum Promise: Equatable {
    /// Nobody says.
    case none
    /// So many bytes from `soundStart` on.
    case bytes(Int)
    /// So many frames.
    case frames(Int)
    /// The part has no end, or its last bytes do not belong to anything whole.
    case more
  }

  var view: FileView
  /// Samples that need no decoding.
  var raw: RawSamples?
  var kind: FileKind?
  /// Where the sound begins in the file.
  var soundStart = 0
  var promise = Promise.none
  /// What the header says, if that is less than there is: bytes, 0 if nothing.
  var unfinishedBytes: Int?
  /// Frames as far as they can be estimated, 0 if not at all. Those of libsndfile mean nothing.
  var estimate: Int?
  /// The next part may begin here.
  var next: Int?
  /// Of a pipe: a header for sound that follows although it was not stated.
  var headForMore: [UInt8] = []
}
