// swift-tools-version: 6.2
import PackageDescription

// One list of settings for every target, so that a file means the same wherever it lies.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
  .treatAllWarnings(as: .error),  // SE-0480
]

func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, swiftSettings: settings)
}
func benchmark(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(
    name: "\(name)Benchmark", dependencies: dependencies, path: "Benchmarks/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "audio-service",
  products: [
    .executable(name: "audio-server", targets: ["Server"]),
    .executable(name: "audio-worker", targets: ["Worker"]),
    .executable(name: "audio-client", targets: ["Client"]),
    .library(name: "Contract", targets: ["Contract"]),
    .library(name: "Capture", targets: ["Capture"]),
    .library(name: "WebSocket", targets: ["WebSocket"]),
  ],
  targets: [
    // C, as Debian has it. A module map and a shim each, nothing else.
    .systemLibrary(name: "CAlsa", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CSherpaOnnx"),  // loaded at run time, where Scripts/setup-speech put it
    .systemLibrary(name: "CWebSockets", providers: [.apt(["libwebsockets-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    // What the library has no hook for: C of our own, the only one.
    .target(name: "CReadTap", linkerSettings: [.linkedLibrary("ssl")]),
    .systemLibrary(name: "CEv", providers: [.apt(["libev-dev"])]),
    .systemLibrary(name: "CLinux"),

    // What everyone may know.
    library("JSON"),
    library("Platform", "JSON", "CLinux"),
    library("CommandLine"),
    library("Audio"),
    library("IO", "Platform", "CEv"),
    library("Web"),

    // In the order the sound travels.
    library("Resampling", "CSoxr"),
    library("Capture", "Audio", "Platform", "Resampling", "CAlsa", "CSndFile"),
    library("Recognition", "Audio", "JSON", "Resampling", "CSherpaOnnx"),
    library("WebSocket", "Platform", "IO", "Web", "CWebSockets", "CReadTap", "COpenSSL"),
    library("WorkerLink", "Platform", "Audio", "Recognition", "CLinux"),
    library("Contract", "Audio", "JSON"),

    // Programs import libraries; never one another.
    program(
      "Server", "Platform", "CommandLine", "JSON", "Audio", "Contract", "Recognition", "IO", "Web", "WebSocket",
      "WorkerLink", "COpenSSL", "CLinux"),
    program(
      "Worker", "Platform", "CommandLine", "JSON", "Audio", "Contract", "WorkerLink", "Recognition", "CLinux"),
    program(
      "Client", "Platform", "CommandLine", "JSON", "Audio", "Contract", "Capture", "IO", "WebSocket"),

    benchmark("Levels", "Audio"),
    benchmark("Load", "Platform", "CommandLine", "CLinux"),
    benchmark("Worker", "Audio", "WorkerLink"),
    benchmark("Capture", "Platform", "Contract", "CommandLine", "Scoring", "Support"),
    benchmark(
      "Speech", "Platform", "CommandLine", "JSON", "Audio", "Contract", "Resampling", "IO", "WebSocket", "Recognition",
      "Scoring", "Support"),
    .target(name: "Scoring", path: "Benchmarks/Scoring", swiftSettings: settings),

    .target(
      name: "Support", dependencies: ["Audio", "Contract", "CSndFile", "CLinux"], path: "Tests/Support",
      exclude: ["virtual-microphone"], swiftSettings: settings),
    tests("JSON", "JSON"),
    tests("Platform", "Platform", "JSON"),
    tests("Audio", "Audio"),
    tests("CommandLine", "CommandLine"),
    tests("ContractMessages", "Contract", "Audio", "JSON"),
    tests("Capture", "Capture", "Resampling", "Audio", "Support"),
    tests("IO", "IO", "Platform"),
    tests("WebSocket", "WebSocket", "Platform", "IO", "Web", "Support"),
    tests("WorkerLink", "WorkerLink", "Recognition", "Audio"),
    tests("Recognition", "Recognition", "Resampling", "Audio", "Scoring", "Support"),
    tests("Scoring", "Scoring"),
    tests("Load", "LoadBenchmark"),
    tests(
      "Server", "Server", "CommandLine", "JSON", "Audio", "Contract", "Recognition", "IO", "Web", "WebSocket",
      "WorkerLink", "Support"),
    tests("Worker", "Worker", "JSON", "Audio", "WorkerLink", "Recognition", "Support"),
    tests("Client", "Client", "Platform", "JSON", "Audio", "Contract", "CommandLine", "Capture", "Support"),
    // The programs are not imported there but started.
    tests("EndToEnd", "Scoring", "JSON", "Contract", "Support", "Server", "Worker", "Client"),
    tests("Tidy"),
  ],
  swiftLanguageModes: [.v6]
)

// The compiler (6.3.1) breaks on the load generator under ThreadSanitizer; Scripts/sanitize says so here.
if Context.environment["WITHOUT_LOAD"] != nil {
  package.targets.removeAll { $0.name == "LoadBenchmark" || $0.name == "LoadTests" }
}
