import Support
import Testing

/// What docker/Dockerfile installs in the images, beside what the programs load.
@Suite struct ImageLibrariesTests {
  /// Debian 12's packages of the libraries; nil: every image has it, or the programs have it linked in.
  private static func package(of library: String) -> String? {
    let packages = [
      "libasound.so.2": "libasound2", "libev.so.4": "libev4", "libseccomp.so.2": "libseccomp2",
      "libsndfile.so.1": "libsndfile1", "libsoxr.so.0": "libsoxr0", "libssl.so.3": "libssl3",
      "libcrypto.so.3": "libssl3",
    ]
    let common = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux", "libswift", "lib_Foundation", "libFoundation"]
    if common.contains(where: library.hasPrefix) { return nil }
    return packages[library] ?? "the package of \(library), which is to be named here"
  }

  @Test(
    .enabled(if: ShellCommand.has("readelf"), "readelf (Debian package binutils) is missing"),
    arguments: [("audio-client", "client-base"), ("audio-server", "server-base"), ("audio-worker", "server-base")])
  func `an image has the libraries of its programs`(program: String, stage: String) throws {
    let needed = try ShellCommand.run(
      "readelf -d '\(Program.buildFolder)/\(program)' | sed -n 's/.*(NEEDED).*\\[\\(.*\\)\\]/\\1/p'")
    let packages = Set(needed.split(separator: "\n").compactMap { Self.package(of: String($0)) })
    #expect(packages.contains("libev4"))
    let images = try #require(TextFile.read("\(TextFile.repository)/docker/Dockerfile"))
    let words = images.split(separator: "\nFROM ").filter { $0.split(separator: "\n")[0].hasSuffix(" AS \(stage)") }
      .flatMap { $0.split { $0.isWhitespace }.map(String.init) }
    #expect(packages.subtracting(words).sorted() == [])
  }
}
