import Glibc
import Testing

@testable import Capture

struct DeviceChoiceTests {
  private static let devices = [
    ("default", "Default device"), ("hw:CARD=Yeti,DEV=0", "Yeti Stereo Microphone, USB Audio"),
    ("pulse:DEVICE=alsa_input.usb-0c76", "Jabra Evolve USB"), ("desk", "On the desk"), ("4", "Four"),
  ].map {
    CaptureDevice(
      name: $0, description: $1, isDefault: false, sampleRates: [48_000], channels: 1...1, formats: ["S16_LE"])
  }

  @Test(
    arguments: [
      ("1", .device("default")), ("3", .device("pulse:DEVICE=alsa_input.usb-0c76")),
      ("yeti", .device("hw:CARD=Yeti,DEV=0")),
      ("JABRA", .device("pulse:DEVICE=alsa_input.usb-0c76")), ("on the", .device("desk")), ("desk", .device("desk")),
      // A name is stronger than a number.
      ("4", .device("4")), ("usb", .several(["hw:CARD=Yeti,DEV=0", "pulse:DEVICE=alsa_input.usb-0c76"])),
      ("0", .none),
      ("6", .none), ("-1", .none), ("studio", .none),
    ] as [(String, DeviceChoice)])
  func `a device is meant by name, number or part`(typed: String, choice: DeviceChoice) {
    #expect(DeviceChoice(typed, among: Self.devices) == choice)
  }

  @Test func `a source of a sound server has a name by what leads to the server`() {
    let source = SoundServerSource(name: "vmic", description: "Mic", sampleRate: 48_000, channels: 1, isMonitor: false)
    #expect(source.deviceName(among: ["default", "pulse", "pipewire"]) == "pulse:DEVICE=vmic")
    #expect(source.deviceName(among: ["pipewire"]) == "pipewire:NODE=vmic")
    #expect(source.deviceName(among: ["default"]) == nil)
    let odd = SoundServerSource(name: "a,b c", description: "Mic", sampleRate: 48_000, channels: 1, isMonitor: false)
    #expect(odd.deviceName(among: ["pulse"]) == "pulse:DEVICE='a,b c'")
  }

  @Test func `a node that may not be opened is told with the remedy`() {
    let nodes = [("controlC0", EACCES), ("pcmC0D0c", EACCES)].map {
      SoundNodes.Node(path: "/dev/snd/\($0)", code: $1, group: "audio")
    }
    let failure = SoundNodes.refused(by: nodes)
    #expect(failure?.code == Int(EACCES))
    #expect(failure?.reason.hasPrefix("/dev/snd/controlC0: Permission denied; it belongs to the group audio: ") == true)
    let denied = SoundNodes.refused(by: [.init(path: "/dev/snd/controlC0", code: EPERM, group: "audio")])
    #expect(denied?.reason.hasSuffix("in a container --device /dev/snd") == true)
    #expect(SoundNodes.refused(by: [.init(path: "/dev/snd/controlC0", code: 0, group: "audio")]) == nil)
    #expect(SoundNodes.refused(by: []) == nil)
  }
}
