/// Finds the recording that is played when there is no microphone.
enum BundledRecording {
  /// The paths to try, in order: only `AUDIO_RECORDING` if it is set, else the one of an installed program, then the
  /// checkout that the program was built in.
  static func candidates(variable: String?, executable: String) -> [String] {
    if let variable, !variable.isEmpty { return [variable] }
    var folders = executable.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    var paths = [(folders.dropLast() + ["share", "audio-service", "speech.wav"]).joined(separator: "/")]
    while !folders.isEmpty {
      paths.append((folders + ["Assets", "speech.wav"]).joined(separator: "/"))
      folders.removeLast()
    }
    return paths
  }
}
