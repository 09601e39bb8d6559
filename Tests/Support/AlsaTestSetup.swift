internal import Glibc

/// The test devices' plugin, built once in a process, and the ALSA configuration by which this process finds them.
enum AlsaTestSetup {
  /// Removed when the process ends.
  static let folder: Result<String, any Error> = Result {
    var template = Array("/tmp/audio-microphones-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ShellCommand.Failure(command: "mkdtemp", output: "\(errno)") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    atexit { _ = try? ShellCommand.run("rm -rf '\(AlsaTestSetup.folder.get())'") }
    return path
  }

  private static let plugin: Result<String, any Error> = Result {
    let source = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
    let built = try "\(folder.get())/libasound_module_pcm_simulated.so"
    try ShellCommand.run(
      "cc -shared -fPIC -O2 -Wall -Wextra -Werror -o '\(built)' "
        + "'\(source)/SimulatedMicrophone/simulated_microphone.c' -lasound -lm")
    return built
  }

  /// The beginning of every configuration: ALSA's own, and the plugin.
  static func preamble() throws -> String {
    try "</usr/share/alsa/alsa.conf>\npcm_type.simulated { lib \"\(plugin.get())\" }\n"
  }

  /// Makes this process see the test devices. They are parameterised by arguments in the device's name, so that one
  /// configuration, read by libasound at some time, serves all tests.
  static func useHere() throws { try here.get() }

  private static let here: Result<Void, any Error> = Result {
    let arguments = SimulatedMicrophone().fields.map { field in
      "@args.\(field.argument) { type \(field.type) default \(field.value) }\n"
    }
    let settings = SimulatedMicrophone().fields.map { "\($0.name) $\($0.argument)\n" }
    let names = SimulatedMicrophone().fields.map(\.argument)
    let parameters = "@args [ \(names.joined(separator: " ")) ]\n" + arguments.joined()
    let text = try """
    \(preamble())
    pcm.simulated {
      \(parameters)
      type simulated
      \(settings.joined())
    }
    pcm.converted {
      \(parameters)
      type plug
      slave.pcm { type simulated \(settings.joined()) }
    }
    pcm.virtual {
      @args [ SERVER ]
      @args.SERVER { type string default "" }
      type pulse
      server $SERVER
    }
    pcm.desk { type simulated rate 44100 channels 1 hint { show on description "A microphone on the desk" } }
    pcm.busy { type simulated open_errno 16 hint { show on description "A microphone in use" } }
    pcm.!default { type simulated rate 48000 channels 2 hint { show on description "Default microphone" } }
    """
    let path = try "\(folder.get())/asound.conf"
    try write(text, to: path)
    setenv("ALSA_CONFIG_PATH", path, 1)
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "we") else { throw ShellCommand.Failure(command: "fopen \(path)", output: "\(errno)") }
    fputs(text, file)
    fclose(file)
  }
}
