// swift-tools-version: 6.3
import Foundation
import PackageDescription

// One list of settings for every target, so that a file means the same in each.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
  .treatAllWarnings(as: .error),  // SE-0480
]

/// Whether Debian has a C library of this name, with its header.
func isLibrary(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "/usr/include/\(name).h") }

func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func engine(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(
    name: "Engine\(name)", dependencies: dependencies, path: "Sources/Engines/\(name)", swiftSettings: settings)
}
func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: Target.Dependency..., path: String? = nil) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: path, swiftSettings: settings)
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
    .library(name: "SpeechClient", targets: ["SpeechClient"]),
    .library(name: "Audio", targets: ["Audio"]),
    .library(name: "Contract", targets: ["Contract"]),
    .library(name: "Capture", targets: ["Capture"]),
    .library(name: "IO", targets: ["IO"]),
    .library(name: "Web", targets: ["Web"]),
  ],
  targets: [
    // C libraries of Debian: a module map and a shim each.
    .systemLibrary(name: "CAlsa", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CSherpaOnnx"),  // loaded at run time from where Scripts/setup-speech installed it
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    // Compiles the sources that Debian 12's node-llhttp brings, which are loose about chunks unless told to be strict;
    // Debian 13 has a library, which is strict.
    .target(
      name: "CLLHTTP", cSettings: [.define("LLHTTP_STRICT_MODE", to: "1")],
      linkerSettings: isLibrary("llhttp") ? [.linkedLibrary("llhttp")] : []),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CEv", providers: [.apt(["libev-dev"])]),
    .systemLibrary(name: "CLinux"),
    // The files of the page and the descriptions of the interfaces, embedded by name.
    .target(name: "CPage", exclude: ["api", "page"]),

    // The foundation.
    library("JSON"),
    library("Platform", "JSON", "CLinux"),
    library("CommandLine"),
    library("Audio"),
    library("IO", "Platform", "CEv", "COpenSSL", "CLinux"),
    library("Web", "Platform", "IO", "CLLHTTP", "COpenSSL"),
    library("Broker", "Platform", "CommandLine", "JSON", "IO", "COpenSSL"),

    // In the order in which audio passes through.
    library("Resampling", "CSoxr"),
    library("Capture", "Audio", "Platform", "Resampling", "CAlsa", "CSndFile", "CLinux"),
    library("Recognition", "Audio"),
    engine("Mock", "Recognition", "Audio", "JSON"),
    engine("Sherpa", "Platform", "Recognition", "Audio", "JSON", "Resampling", "CSherpaOnnx", "CLinux"),
    library("WorkerLink", "Audio", "Recognition", "JSON"),
    library("Transports", "Platform", "IO", "WorkerLink", "CLinux"),
    library("Subtitles", "Platform"),
    library("Contract", "Audio", "JSON"),
    library("Streams", "Audio", "Recognition"),
    library("Dialects", "Audio", "Streams", "Recognition", "Contract", "Subtitles", "JSON", "Web"),

    // A client as a library.
    library("SpeechClient", "Platform", "JSON", "Audio", "Contract", "Capture", "IO", "Web"),

    // Programs import libraries, never each other.
    program(
      "Server", "Platform", "CommandLine", "JSON", "Audio", "Recognition", "Streams", "Dialects", "IO", "Web",
      "Broker", "WorkerLink", "Transports", "COpenSSL", "CLinux", "CPage"),
    program(
      "Worker", "Platform", "CommandLine", "JSON", "Audio", "Capture", "IO", "Broker", "Streams", "WorkerLink",
      "Transports", "Recognition", "EngineMock", "EngineSherpa", "CSeccomp", "CLinux"),
    program(
      "Client", "Platform", "CommandLine", "JSON", "Audio", "Contract", "Subtitles", "Capture", "IO", "Web",
      "SpeechClient", "CLinux"),

    // Not installed: what no route uses yet is tried by other implementations there.
    .executableTarget(
      name: "WebEcho", dependencies: ["CommandLine", "IO", "Platform", "Web"], path: "Tests/WebEcho",
      exclude: ["Clients"],
      swiftSettings: settings),
    // A package of its own for users; here it is compiled with the rest and tried.
    .executableTarget(
      name: "MicrophoneExample", dependencies: ["Audio", "Capture", "Contract", "IO", "Web"],
      path: "examples/swift/Sources/Microphone", swiftSettings: settings),
    .executableTarget(
      name: "TranscribeExample", dependencies: ["SpeechClient"], path: "examples/swift/Sources/Transcribe",
      swiftSettings: settings),

    benchmark("Levels", "Audio"),
    benchmark("Load", "Platform", "CommandLine", "CLinux", "COpenSSL"),
    benchmark("Worker", "Audio", "Recognition", "WorkerLink", "Transports"),
    benchmark("Capture", "Platform", "Contract", "CommandLine", "Scoring", "Support"),
    benchmark(
      "Speech", "Platform", "CommandLine", "JSON", "Audio", "Contract", "Resampling", "IO", "Web", "Recognition",
      "EngineSherpa", "Scoring", "Support"),
    .target(name: "Scoring", path: "Benchmarks/Scoring", swiftSettings: settings),

    .target(
      name: "Support", dependencies: ["JSON", "Audio", "Contract", "CSndFile", "CLinux"], path: "Tests/Support",
      exclude: ["virtual-microphone"], swiftSettings: settings),
    tests("JSON", "JSON", "Support"),
    tests("Platform", "Platform", "JSON"),
    tests("Audio", "Audio", "Support"),
    tests("CommandLine", "CommandLine"),
    tests("ContractMessages", "Contract", "Audio", "JSON"),
    tests("Recognition", "Recognition", "Support"),
    tests("Streams", "Streams", "Audio", "Recognition", "Support"),
    tests("Dialects", "Dialects", "Streams", "Audio", "Recognition", "JSON", "Web", "Support"),
    tests("Capture", "Capture", "Platform", "Resampling", "Audio", "Support"),
    tests("IO", "IO", "Platform", "Support", "COpenSSL", "CLinux"),
    tests("Web", "Web", "Platform", "IO", "Support"),
    tests("Broker", "Broker", "CommandLine"),
    tests("WorkerLink", "WorkerLink", "Recognition", "Audio", "Support"),
    tests("Transports", "Transports", "IO", "WorkerLink", "Recognition", "Audio", "Support", "CLinux"),
    tests("EngineMock", "EngineMock", "Recognition", "Audio"),
    tests("EngineSherpa", "EngineSherpa", "Platform", "Recognition", "Resampling", "Audio", "Scoring", "Support"),
    tests("Scoring", "Scoring", "Support"),
    tests("Load", "LoadBenchmark", "JSON", "Support", "Server", "Worker"),
    tests(
      "Server", "Server", "Platform", "CommandLine", "JSON", "Audio", "Recognition", "Contract", "Streams", "Dialects",
      "IO", "Web", "Broker", "WorkerLink", "Support"),
    tests("Worker", "Worker", "JSON", "Audio", "Recognition", "EngineMock", "WorkerLink", "Transports", "Support"),
    tests(
      "Simulation", "Server", "Worker", "Broker", "IO", "Platform", "JSON", "Audio", "Recognition", "Contract",
      "Streams", "Dialects", "WorkerLink", "Transports", "Support"),
    tests("Subtitles", "Subtitles", "Platform", "Support"),
    tests("SpeechClient", "SpeechClient", "Platform", "JSON", "Audio", "Contract", "Capture", "Web", "Support"),
    tests("Client", "Client", "SpeechClient", "Platform", "Audio", "Capture", "CommandLine", "Support"),
    // The programs are not imported there but started.
    tests(
      "Service", "Scoring", "JSON", "Audio", "Contract", "Platform", "CommandLine", "IO", "Broker", "SpeechClient",
      "Support", "Server", "Worker", "Client", "WebEcho", "MicrophoneExample", "TranscribeExample",
      path: "Tests/Service"),
    tests("Long", "JSON", "Support", "Server", "Worker", "Client", path: "Tests/Long"),
    tests(
      "Documentation", "CommandLine", "Server", "Worker", "Client", "Audio", "Contract", "EngineSherpa", "Platform",
      "Streams", "Web", "Support"),
    tests("Tidy", "Support"),
  ],
  swiftLanguageModes: [.v6]
)

// The compiler (6.3.1) crashes on the load generator under ThreadSanitizer; Scripts/sanitize sets this.
if Context.environment["WITHOUT_LOAD"] != nil {
  package.targets.removeAll { $0.name == "LoadBenchmark" || $0.name == "LoadTests" }
}

// Scripts/simulate builds one suite, optimized.
if Context.environment["ONLY_SIMULATION"] != nil {
  package.products = []
  package.targets.removeAll {
    $0.type == .test && $0.name != "SimulationTests" || $0.name.hasSuffix("Benchmark")
      || ["Client", "WebEcho", "MicrophoneExample", "TranscribeExample"].contains($0.name)
  }
}

// Scripts/check builds no more than it runs on the Debian that this machine is not.
if Context.environment["ONLY_VALUES"] != nil {
  let others: Set = [
    "ServiceTests", "LongTests", "WebEcho", "MicrophoneExample", "TranscribeExample", "LevelsBenchmark",
    "WorkerBenchmark", "CaptureBenchmark", "SpeechBenchmark",
  ]
  package.targets.removeAll { others.contains($0.name) }
}
