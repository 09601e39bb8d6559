public import JSON

/// How much of a stream a new session would not need: members of replies, and of the `start` of such a session.
public struct SettledMessage: Equatable, Sendable {
  /// The last chunk that is settled as a whole.
  public var seq: Int
  /// Sample frames of the next chunk that are settled, too.
  public var frames: Int
  /// Whether an utterance goes on there.
  public var isOpen: Bool

  public init(seq: Int, frames: Int = 0, isOpen: Bool = false) {
    self.seq = seq
    self.frames = frames
    self.isOpen = isOpen
  }

  /// Reads the members of a reply; nil where it has none.
  public init?(_ reply: JSONValue) {
    guard let seq = reply["settled"]?.integer else { return nil }
    self.init(
      seq: seq, frames: reply["settled_frames"]?.integer ?? 0, isOpen: reply["settled_open"] == .bool(true))
  }

  /// The members for `start`: how much of the first chunk is settled.
  public var startMembers: [JSONValue.Member] {
    (frames > 0 ? [JSONValue.Member(key: "settled_frames", value: .number(String(frames)))] : [])
      + (isOpen ? [JSONValue.Member(key: "settled_open", value: .bool(true))] : [])
  }

  func write(to object: inout JSONObject) {
    object.add("settled", seq)
    if frames > 0 { object.add("settled_frames", frames) }
    if isOpen { object.add("settled_open", true) }
  }

  func put(to cursor: inout TextCursor) {
    cursor.put(#","settled":"#)
    cursor.put(seq)
    if frames > 0 {
      cursor.put(#","settled_frames":"#)
      cursor.put(frames)
    }
    if isOpen { cursor.put(#","settled_open":true"#) }
  }
}
