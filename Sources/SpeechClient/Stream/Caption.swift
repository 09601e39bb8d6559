package import Contract

/// A final text and its place in the recording, in seconds.
package struct Caption: Equatable {
  package var text: String
  package var start: Double?
  package var end: Double?
  /// An utterance delimited by a speech recognizer, as opposed to the text of one chunk.
  package var isUtterance = false
  /// The code of its language, if the server tells it.
  package var language: String?
  /// Its words, if they were asked for.
  package var words: [WordMessage] = []
}
