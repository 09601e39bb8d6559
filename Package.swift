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
    name: "\(name)Tests", dependencies: dependencies + ["Support"],
    swiftSettings: settings)
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
    .library(name: "Wire", targets: ["Wire"]),
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
    .systemLibrary(name: "CTls", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
    // What the library has no hook for: C of our own, the only one.
    .target(name: "CReadTap", linkerSettings: [.linkedLibrary("ssl")]),
    .systemLibrary(name: "CEv", providers: [.apt(["libev-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLinux"),

    // What travels, and what everyone may know.
    library("Wire"),
    library("Metering", "Wire"),
    library("Flags"),

    // In the order the sound travels.
    library("Resampling", "CSoxr"),
    library("Capture", "Wire", "Metering", "Resampling", "CAlsa", "CSndFile", "CLinux"),
    library("WebSocket", "Wire", "CWebSockets", "CReadTap", "CTls", "CEv", "CLinux"),
    library("WorkerLink", "Wire", "Metering", "CLinux"),
    library("Recognition", "Wire", "Metering", "Resampling", "CSherpaOnnx"),

    // Programs import libraries; never one another.
    program("Server", "Wire", "Metering", "Flags", "WebSocket", "WorkerLink", "CCrypto", "CLinux"),
    program("Worker", "Wire", "Metering", "Flags", "WorkerLink", "Recognition", "CLinux"),
    program("Client", "Wire", "Metering", "Flags", "Capture", "WebSocket", "CLinux"),

    benchmark("Levels", "Wire", "Metering"),
    benchmark("Load", "Flags", "CLinux"),
    benchmark("Worker", "Wire", "WorkerLink"),
    benchmark("Capture", "Wire", "Flags", "Scoring", "Support"),
    benchmark("Speech", "Wire", "Flags", "Resampling", "WebSocket", "Recognition", "Scoring", "Support"),
    .target(name: "Scoring", path: "Benchmarks/Scoring", swiftSettings: settings),

    .target(
      name: "Support", dependencies: ["Wire", "CSndFile", "CLinux"], path: "Tests/Support",
      exclude: ["virtual-microphone"], swiftSettings: settings),
    tests("Wire", "Wire"),
    tests("Metering", "Metering", "Wire"),
    tests("Flags", "Flags"),
    tests("Capture", "Capture", "Resampling", "Wire"),
    tests("WebSocket", "WebSocket", "Wire"),
    tests("WorkerLink", "WorkerLink", "Wire", "Metering"),
    tests("Recognition", "Recognition", "Resampling", "Metering", "Wire", "Scoring"),
    tests("Scoring", "Scoring"),
    tests("Load", "LoadBenchmark"),
    tests("Server", "Server", "Wire", "Metering", "WorkerLink"),
    tests("Worker", "Worker", "Wire", "Metering", "WorkerLink", "Recognition"),
    tests("Client", "Client", "Wire", "Metering", "Flags", "Capture"),
    tests("EndToEnd", "Scoring", "Wire", "Server", "Worker", "Client"),
    tests("Tidy"),
  ],
  swiftLanguageModes: [.v6]
)

// The compiler (6.3.1) breaks on the load generator under ThreadSanitizer; Scripts/sanitize says so here.
if Context.environment["WITHOUT_LOAD"] != nil {
  package.targets.removeAll { $0.name == "LoadBenchmark" || $0.name == "LoadTests" }
}
