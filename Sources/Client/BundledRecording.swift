/// Where the recording lies that is played when there is no microphone.
enum BundledRecording {
  /// The places looked at, in order: what `AUDIO_RECORDING` names and nothing else when it is set; beside an installed
  /// program; in the checkout a program was built in.
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
