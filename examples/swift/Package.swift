// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "examples",
  dependencies: [
    // Where audio-service is checked out.
    .package(name: "audio-service", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "Transcribe", dependencies: [.product(name: "SpeechClient", package: "audio-service")]),
    .executableTarget(
      name: "Microphone",
      dependencies: ["Audio", "Capture", "Contract", "IO", "Web"].map { .product(name: $0, package: "audio-service") }),
  ]
)
