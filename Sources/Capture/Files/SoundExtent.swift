/// How many bytes of sound a header states, compared with those in the file.
enum SoundExtent: Equatable {
  /// As many as stated.
  case agrees
  /// The file ends before.
  case cut(stated: Int, present: Int)
  /// Nothing is stated, and everything to the end of the file is sound.
  case neverWritten
  /// Less is stated than follows, and what follows is nothing else.
  case exceeded(stated: Int)

  /// - Parameters:
  ///   - stated: bytes; nil if it is a placeholder.
  ///   - start: of the sound in the file.
  ///   - endsWell: whether at this position, which is not the end, the sound is followed by something else.
  static func compare(stated: Int?, start: Int, end: Int, endsWell: (Int) -> Bool) -> SoundExtent {
    let present = max(0, end - start)
    guard let stated else { return present == 0 || endsWell(start) ? .agrees : .neverWritten }
    if stated > present { return .cut(stated: stated, present: present) }
    return present - stated <= 1 || endsWell(start + stated) ? .agrees : .exceeded(stated: stated)
  }

  /// Whether all of the file from the start of the sound on is sound.
  var reachesEnd: Bool {
    switch self {
    case .neverWritten, .exceeded: true
    case .agrees, .cut: false
    }
  }
}
