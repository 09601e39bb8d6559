/// Whether the speech of a session is recognized.
enum SpeechAdmission {
  /// It has not asked for that yet, or it is to take up an earlier session.
  case undecided
  case admitted
  /// After the others.
  case delayed
  /// Refused and counted; what it asks for next is decided anew.
  case refused

  var isDecided: Bool { self == .admitted || self == .delayed }
}
