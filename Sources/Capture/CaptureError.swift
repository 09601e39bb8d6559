internal import Platform

/// A failed C call: its name, its code and the library's message.
public struct CallFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// Name of the C function.
  public var call: String
  /// Its error code: a positive errno value for ALSA and the system, libsndfile's own number otherwise.
  public var code: Int
  /// The library's message.
  public var reason: String

  public init(call: String, code: Int, reason: String) {
    self.call = call
    self.code = code
    self.reason = reason
  }

  init(_ error: SystemError) { self.init(call: error.call, code: Int(error.code), reason: error.reason) }

  public var description: String { "\(reason) (\(call): \(code))" }

  /// Libasound knows no device of that name, whatever is plugged in.
  var isUnknownName: Bool { reason.contains("Unknown PCM") }
}

/// A failure to get audio from a device or a file.
public enum CaptureError: Error, Equatable, Sendable {
  /// No device has this name, or it is not plugged in. Choose another one, or plug it in.
  case noSuchDevice(device: String, CallFailure)
  /// Several devices have this in their names. Name one of them.
  case ambiguousDevice(device: String, names: [String])
  /// Another program uses the device. Close it.
  case deviceBusy(device: String, CallFailure)
  /// The user is not permitted to open it. Add the user to the `audio` group.
  case deviceNotPermitted(device: String, CallFailure)
  /// The sound server or driver refused to open or configure the device.
  case deviceRefused(device: String, CallFailure)
  /// The device has fewer channels than the one asked for, counted from 1.
  case noSuchChannel(device: String, channel: Int, channels: Int)
  /// The device offers no supported sample format; `offered` has ALSA's names.
  case noUsableFormat(device: String, offered: [String])
  /// The device was working and disappeared.
  case deviceGone(device: String, CallFailure)
  /// The device exists but has delivered nothing for this long.
  case deviceStalled(device: String, after: Duration)

  /// There is no file at this path.
  case fileMissing(path: String)
  /// The file exists but cannot be opened or read.
  case fileNotReadable(path: String, CallFailure)
  /// The file is empty.
  case fileEmpty(path: String)
  /// libsndfile does not recognize any audio in the file.
  case notAudio(path: String, CallFailure)
  /// An audio file of a kind that is not read, or whose header cannot be used. Convert it.
  case kindNotRead(path: String, kind: String, reason: String?)
  /// ffmpeg could not decode the file, or not all of it.
  case notDecoded(path: String, kind: String, reason: String)
  /// An audio file without any frame; `promised` is the number its header states.
  case noFrames(path: String, promised: Int)
  /// A file cannot be created or written.
  case fileNotWritable(path: String, CallFailure)
  /// The name does not end as one of a kind that can be written.
  case notRecordable(path: String, kinds: [String])
  /// There is no conversion between these formats: a rate or a channel count is out of range.
  case noConversion(CallFailure)
  /// The system is out of threads, descriptors or memory.
  case system(CallFailure)
}

extension CaptureError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchDevice(let device, let failure): "no capture device “\(device)”: \(failure)"
    case .ambiguousDevice(let device, let names):
      "device: expected a part of one device's name, got \"\(device)\", which \(names.joined(separator: ", ")) have"
    case .deviceBusy(let device, let failure): "“\(device)” is in use by another program: \(failure)"
    case .deviceNotPermitted(let device, let failure): "no permission to open “\(device)”: \(failure)"
    case .deviceRefused(let device, let failure): "cannot open “\(device)” for capture: \(failure)"
    case .noSuchChannel(let device, let channel, let channels):
      "channel: expected at most \(channels), all that “\(device)” has, got \"\(channel)\""
    case .noUsableFormat(let device, let offered):
      "“\(device)” offers only \(offered.isEmpty ? "no sample format" : offered.joined(separator: ", "))"
    case .deviceGone(let device, let failure): "“\(device)” has disappeared: \(failure)"
    case .deviceStalled(let device, let after): "“\(device)” has delivered no audio for \(after.inSeconds) s"
    case .fileMissing(let path): "\(FileName.shown(path)): no such file"
    case .fileNotReadable(let path, let failure): "\(FileName.shown(path)): cannot be read: \(failure)"
    case .fileEmpty(let path): "\(FileName.shown(path)): is empty"
    case .notAudio(let path, let failure):
      "\(FileName.shown(path)): not an audio file: \(failure); samples without a header need --raw s16le:16000:1"
    case .kindNotRead(let path, let kind, let reason):
      "\(FileName.shown(path)): \(kind) is not read here\(reason.map { " (\($0))" } ?? "")"
        + (reason == nil && path != "-"
          ? " without ffmpeg: apt-get install ffmpeg"
          : "; convert it: ffmpeg -i \(FileName.quoted(path)) -f wav - | audio-client file -")
    case .notDecoded(let path, let kind, let reason):
      "\(FileName.shown(path)): \(kind) cannot be decoded as a whole: \(reason)"
    case .noFrames(let path, 0): "\(FileName.shown(path)): contains no audio: 0 frames"
    case .noFrames(let path, let promised):
      "\(FileName.shown(path)): contains no audio: 0 frames, but its header states \(promised)"
    case .fileNotWritable(let path, let failure): "\(FileName.shown(path)): cannot be written: \(failure)"
    case .notRecordable(let path, let kinds):
      "\(FileName.shown(path)): expected a name that ends with one of .\(kinds.joined(separator: ", ."))"
    case .noConversion(let failure): "cannot convert the audio: \(failure)"
    case .system(let failure): "system error: \(failure)"
    }
  }
}

extension CaptureError {
  /// No device has that name, whatever is plugged in.
  public var isUnknownName: Bool {
    if case .noSuchDevice(_, let failure) = self { failure.isUnknownName } else { false }
  }

  /// Whether the device may be there later without anybody changing a name or a permission.
  var mayPass: Bool {
    switch self {
    case .noSuchDevice(_, let failure): !failure.isUnknownName
    case .deviceBusy, .deviceRefused, .deviceGone, .deviceStalled: true
    default: false
    }
  }
}
