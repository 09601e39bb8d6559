/// Keeps the sound of a microphone beside its stream.
package protocol SoundTarget: AnyObject {
  /// The next frames.
  func keep(_ bytes: UnsafeRawBufferPointer)
  /// Frames that were lost on the way in.
  func skip(frames: Int)
}
