import SpeechClient

// swift run Transcribe [FILE [SERVER]]: a recording, or without one the microphone.
let arguments = CommandLine.arguments.dropFirst()
let client = try Transcriber(arguments.dropFirst().first ?? "localhost:8000")
let sound = arguments.first.map { SpeechSource.file($0) } ?? .microphone()
for try await utterance in client.transcribe(sound) {
  print(utterance.start ?? 0, utterance.text)
}
