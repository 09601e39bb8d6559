/// Whether the speech of a session is recognized.
enum SpeechAdmission {
  /// It has not asked for that yet, or it is to take up an earlier session.
  case undecided
  case admitted
  /// After the others.
  case delayed
}
