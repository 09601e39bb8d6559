import Glibc
import JSON
import Platform
import Support
import Testing

/// What Scripts/release makes, with programs that only say what Scripts/install asks them for.
@Suite(.serialized) struct ReleaseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func release(_ step: String, to dist: String, _ variables: [String: String] = [:], umask: String = "022")
    async throws
  {
    let run = try await Program.run(
      "/bin/sh", ["-c", "umask \(umask) && exec '\(TextFile.repository)/Scripts/release' \(step)"],
      environment: ["DIST": "\(folder.path)/\(dist)"].merging(variables) { $1 })
    #expect(run.end == .status(0), "\(run.standardError.text)")
  }

  @Test func `the version is written once, and all that tell one have it from there`() async throws {
    #expect(try ShellCommand.run("'\(TextFile.repository)/Scripts/version'") == "\(serviceVersion)\n")
    for program in ["audio-server", "audio-client", "audio-worker"] {
      let run = try await Program.run(program, ["--version"])
      #expect(run.standardOutput.text == "\(program) \(serviceVersion)\n")
    }
    for name in ["openapi", "asyncapi"] {
      let text = try #require(TextFile.read("\(TextFile.repository)/Sources/CPage/api/\(name).json"))
      #expect(try JSONValue(parsing: text.utf8)["info"]?["version"]?.string == serviceVersion, "\(name)")
    }
    for script in ["Scripts/deb", "Scripts/release"] {
      #expect(TextFile.read("\(TextFile.repository)/\(script)")?.contains("version=$(Scripts/version)") == true)
    }
    let images = TextFile.read("\(TextFile.repository)/docker/Dockerfile") ?? ""
    #expect(images.split(separator: "opencontainers.image.version=\"${VERSION}\"").count == 3)
  }

  @Test func `the next version is set everywhere at once, and only a later one`() async throws {
    let copy = try TemporaryFolder()
    try ShellCommand.run(
      "cd '\(TextFile.repository)' && cp --parents Scripts/version Sources/Platform/Version.swift CHANGELOG.md "
        + "Sources/CPage/api/*.json '\(copy.path)'")
    try TextFile.write("# Changelog\n\n## Unreleased\n\n* More.\n\n## 1.0.0\n".utf8, to: "\(copy.path)/CHANGELOG.md")
    for wrong in ["1.0", "0.9.0", serviceVersion, "v2.0.0"] {
      let run = try await Program.run("\(copy.path)/Scripts/version", ["--set", wrong])
      #expect(run.end == .status(2), "\(wrong)")
    }
    let run = try await Program.run("\(copy.path)/Scripts/version", ["--set", "99.1.0"])
    #expect(run.end == .status(0), "\(run.standardError.text)")
    #expect(try ShellCommand.run("'\(copy.path)/Scripts/version'") == "99.1.0\n")
    #expect(TextFile.read("\(copy.path)/CHANGELOG.md") == "# Changelog\n\n## 99.1.0\n\n* More.\n\n## 1.0.0\n")
    for name in ["openapi", "asyncapi"] {
      let text = try #require(TextFile.read("\(copy.path)/Sources/CPage/api/\(name).json"))
      #expect(try JSONValue(parsing: text.utf8)["info"]?["version"]?.string == "99.1.0")
    }
  }

  @Test func `the same tree gives the same archive, whoever packs it`() async throws {
    let says = "#!/bin/sh\necho \"$@\"\n"
    for name in ["server", "worker", "client"] {
      chmod(try folder.file("audio-\(name)", says.utf8), 0o755)
    }
    let variables = ["PROGRAMS": folder.path, "SPEECH": "off"]
    try await release("archives", to: "one", variables)
    try await release("archives", to: "other", variables, umask: "077")
    let archive = "audio-service-\(serviceVersion)-linux-\(try ShellCommand.run("uname -m").dropLast()).tar.gz"
    try ShellCommand.run("cd '\(folder.path)' && cmp 'one/\(archive)' 'other/\(archive)'")
    let list = try ShellCommand.run("tar -tvzf '\(folder.path)/one/\(archive)'").split(separator: "\n")
    let paths = list.compactMap { $0.split(separator: " ").last }
    #expect(paths.allSatisfy { $0.hasPrefix("audio-service-\(serviceVersion)/") })
    #expect(list.allSatisfy { $0.contains(" 0/0 ") })
    for path in [
      "bin/audio-server", "lib/audio-service/audio-worker", "share/audio-service/speech.wav",
      "lib/systemd/system/audio-server.service", "LICENSE",
    ] {
      #expect(paths.contains { $0.hasSuffix("\(serviceVersion)/\(path)") }, "\(path)")
    }
  }

  /// What the program docker is told to do for the images, when it can do so much.
  private func imageCommands(engine: Bool, buildx: Bool) async throws -> String {
    let docker = """
      #!/bin/sh
      [ \(engine ? 1 : 0) = 1 ] || exit 1
      [ "$1" != buildx ] || [ \(buildx ? 1 : 0) = 1 ] || exit 1
      echo "$*" >>'\(folder.path)/calls'
      """
    chmod(try folder.file("docker", docker.utf8), 0o755)
    _ = try folder.file("calls", [])
    try await release("images", to: "dist", ["PATH": "\(folder.path):/usr/bin:/bin"])
    return TextFile.read("\(folder.path)/calls") ?? ""
  }

  @Test func `images are for both architectures with buildx, for this one without, and left out without an engine`()
    async throws
  {
    #expect(try await imageCommands(engine: false, buildx: true) == "")
    let both = try await imageCommands(engine: true, buildx: true)
    for target in ["server", "client"] {
      let version = "--build-arg VERSION=\(serviceVersion)"
      #expect(both.contains("--target \(target) \(version) --platform linux/amd64,linux/arm64"))
    }
    let one = try await imageCommands(engine: true, buildx: false)
    #expect(one.contains("-t audio-service-server:\(serviceVersion) .") && !one.contains("--platform"))
    #expect(one.contains("save audio-service-client:\(serviceVersion)"))
  }

  // MARK: The bill of materials

  /// A release of one archive and one package, sealed.
  private func seal() async throws -> JSONValue {
    let package = """
      cd '\(folder.path)' && mkdir -p dist made/DEBIAN && echo archive >dist/some.tar.gz && printf '%s\\n' \
      'Package: audio-service-server' 'Version: 1' 'Architecture: all' 'Maintainer: A <a@example.com>' \
      'Depends: libc6 (>= 2.36), libev4 (>= 1:4.04) | libev5, audio-service-client' 'Description: a test' \
      >made/DEBIAN/control && dpkg-deb -b made dist/some.deb >/dev/null
      """
    try ShellCommand.run(package)
    try await release("seal", to: "dist", ["SPEECH": SpeechFiles.home])
    let path = "\(folder.path)/dist/audio-service-\(serviceVersion).spdx.json"
    return try JSONValue(parsing: try #require(TextFile.read(path)).utf8)
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `a release names what it carries with versions, licenses and hashes, as they are`() async throws {
    let bill = try await seal()
    let sums = try ShellCommand.run("cd '\(folder.path)/dist' && sha256sum -c SHA256SUMS")
    #expect(sums.split(separator: "\n").count == 3)
    let packages = bill["packages"]?.array ?? []
    let files = bill["files"]?.array ?? []
    func sha256(_ element: JSONValue) -> String? {
      element["checksums"]?.array?.first { $0["algorithm"]?.string == "SHA256" }?["checksumValue"]?.string
    }

    // Every wheel is there with the hash that pip demands.
    let pins = try ShellCommand.run("'\(TextFile.repository)/Scripts/setup-speech' --pins --multilingual")
    let script = try #require(TextFile.read("\(TextFile.repository)/Scripts/setup-speech"))
    #expect(pins.split(separator: "\n").count == 5)
    for pin in pins.split(separator: "\n") {
      let words = pin.split(separator: " ")
      let hash = words[1].dropFirst("--hash=sha256:".utf8.count)
      #expect(script.contains(hash))
      let parts = words[0].split(separator: "==")
      #expect(
        packages.contains {
          $0["name"]?.string == String(parts[0]) && $0["versionInfo"]?.string == String(parts[1])
            && sha256($0) == String(hash)
        }, "\(pin)")
    }

    // Every file of the engine that is installed is there as it is, under the license that the packages state.
    let listed = try ShellCommand.run(
      "cd '\(SpeechFiles.home)' && sha256sum $(find lib vad models/moonshine-tiny-en models/whisper-base -type f)")
    for line in listed.split(separator: "\n") {
      let words = line.split(separator: " ")
      let path = String(words[1])
      let file = files.first { $0["fileName"]?.string == "./lib/audio-service/speech/\(path)" }
      #expect(file.flatMap(sha256) == String(words[0]), "\(path)")
      #expect(file?["licenseConcluded"]?.string == license("speech/\(path)"), "\(path)")
    }
    for name in ["some.deb", "some.tar.gz"] { #expect(files.contains { $0["fileName"]?.string == "./\(name)" }) }
    let needed = packages.compactMap { $0["externalRefs"]?.array?.first?["referenceLocator"]?.string }
      .filter { $0.hasPrefix("pkg:deb/") }
    #expect(needed == ["pkg:deb/debian/libc6", "pkg:deb/debian/libev4"])
    #expect(packages.contains { $0["name"]?.string == "swift-standard-library" && $0["versionInfo"] != nil })
    #expect(packages.allSatisfy { $0["licenseConcluded"]?.string?.isEmpty == false })
  }

  @Test func `of archives for another machine, what is in them is named, and the wheels for that machine`() async throws
  {
    let archive = """
      cd '\(folder.path)' && mkdir -p dist top/lib/audio-service/speech/lib \
      && echo VERS_1.2.3 >top/lib/audio-service/speech/lib/libonnxruntime.so \
      && tar -czf dist/audio-service-speech-\(serviceVersion)-linux-aarch64.tar.gz top
      """
    try ShellCommand.run(archive)
    try await release("seal", to: "dist")
    let path = "\(folder.path)/dist/audio-service-\(serviceVersion).spdx.json"
    let bill = try JSONValue(parsing: try #require(TextFile.read(path)).utf8)
    let names = bill["files"]?.array?.compactMap { $0["fileName"]?.string } ?? []
    #expect(names.contains("./linux-aarch64/lib/audio-service/speech/lib/libonnxruntime.so"))
    let packages = bill["packages"]?.array ?? []
    #expect(packages.contains { $0["name"]?.string == "onnxruntime" && $0["versionInfo"]?.string == "1.2.3" })
    #expect(packages.contains { $0["comment"]?.string == "wheel, platform manylinux2014_aarch64" })
    #expect(!packages.contains { $0["comment"]?.string == "wheel, platform manylinux2014_x86_64" })
  }

  private static let python = "\(TextFile.repository)/.deps/release/bin/python"

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    .enabled(if: access(python, X_OK) == 0 || getenv("CI") != nil, "spdx-tools is not set up: Scripts/setup"))
  func `the bill of materials is valid SPDX`() async throws {
    _ = try await seal()
    // By the module: the programs beside it name the folder in which they were installed.
    try ShellCommand.run(
      "'\(Self.python)' -m spdx_tools.spdx.clitools.pyspdxtools "
        + "-i '\(folder.path)/dist/audio-service-\(serviceVersion).spdx.json'")
  }

  /// The license of a file in packaging/debian/copyright, as SPDX names it.
  private func license(_ path: String) -> String? {
    let text = TextFile.read("\(TextFile.repository)/packaging/debian/copyright") ?? ""
    for stanza in text.split(separator: "\n\n") {
      let lines = stanza.split(separator: "\n")
      guard let pattern = lines.first(where: { $0.hasPrefix("Files: ") })?.dropFirst(7), pattern != "*",
        fnmatch(String(pattern), path, 0) == 0,
        let license = lines.first(where: { $0.hasPrefix("License: ") })?.dropFirst(9)
      else { continue }
      return license == "Expat" ? "MIT" : String(license)
    }
    return nil
  }
}
