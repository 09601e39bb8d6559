internal import JSON
internal import Streams

extension ChunkMeasure {
  /// Where the audio is in the stream, and its levels.
  var extras: JSONValue { LevelStretch(self).extras }
}
