package import Audio
package import Capture
package import JSON

/// Told of everything that happens to a stream, on the loop's thread.
package protocol StreamRunDelegate: AnyObject {
  /// So much waits to be taken that nothing more should be sent.
  var isFull: Bool { get }
  func began()
  /// A connection to the server is open.
  func opened()
  /// The levels of the next seconds of audio.
  func heard(_ levels: Levels, seconds: Double)
  /// A message of the server as it arrived. The bytes are valid during the call only.
  /// - Parameter isRepeat: whether it is about a chunk that was answered before it was sent again.
  func arrived(_ message: UnsafeRawBufferPointer, isRepeat: () -> Bool)
  /// The same message was taken into the account of the stream.
  func taken(_ message: JSONValue, by run: StreamRun)
  /// Final texts, with their times in the recording.
  func finals(_ captions: [Caption], of run: StreamRun)
  /// Time to draw a picture.
  func ticked(_ run: StreamRun)
  func marked(_ mark: StreamRecord.Mark)
  /// Something went wrong.
  func report(_ text: String)
  /// Something went as it should.
  func inform(_ text: String)
  /// The source failed.
  func failed(_ error: CaptureError)
  /// The object of the recording, where one is kept.
  func record(_ text: String)
  /// The source and the connection are released. Reports may follow.
  func closed()
  func ended(_ run: StreamRun, _ outcome: StreamCourse.Outcome)
}
