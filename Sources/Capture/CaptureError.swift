internal import Platform

/// What a C call answered: its name, its code and the words of the library.
public struct CallFailure: Equatable, Sendable, CustomStringConvertible {
  /// The C function, as in its manual.
  public var call: String
  /// Its code: an errno value (positive) for ALSA and the system, the library's own number for libsndfile.
  public var code: Int
  /// What the library says about it.
  public var reason: String

  public init(call: String, code: Int, reason: String) {
    self.call = call
    self.code = code
    self.reason = reason
  }

  init(_ error: SystemError) { self.init(call: error.call, code: Int(error.code), reason: error.reason) }

  public var description: String { "\(reason) (\(call): \(code))" }
}

/// Why there is no sound.
public enum CaptureError: Error, Equatable, Sendable {
  /// No device goes by that name, or nothing stands behind it now: choose another, or plug it in.
  case noSuchDevice(device: String, CallFailure)
  /// Another program holds the device: close that one.
  case deviceBusy(device: String, CallFailure)
  /// The user may not open it: join the `audio` group.
  case deviceNotPermitted(device: String, CallFailure)
  /// The sound server or driver refused to open or to set the device up.
  case deviceRefused(device: String, CallFailure)
  /// The device offers no sample format that can be decoded here; `offered` are ALSA's names.
  case noUsableFormat(device: String, offered: [String])
  /// The device was working and disappeared.
  case deviceGone(device: String, CallFailure)
  /// The device is there and has sent nothing for so long.
  case deviceStalled(device: String, after: Duration)

  /// No file has that path.
  case fileMissing(path: String)
  /// The file is there and can't be opened or read.
  case fileNotReadable(path: String, CallFailure)
  /// The file has no bytes at all.
  case fileEmpty(path: String)
  /// libsndfile finds no audio it knows in the file.
  case notAudio(path: String, CallFailure)
  /// An audio file without a single frame; `promised` is what its header claims.
  case noFrames(path: String, promised: Int)
  /// What came through the pipe is larger than `AudioFile.spooledBytesLimit`.
  case inputTooLong(path: String, limitBytes: Int)
  /// Nobody can convert between those two formats (a rate or a channel count outside all bounds).
  case noConversion(CallFailure)
  /// The system has no thread, descriptor or memory left.
  case system(CallFailure)
}

extension CaptureError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchDevice(let device, let failure): "there is no capture device “\(device)”: \(failure)"
    case .deviceBusy(let device, let failure): "“\(device)” is used by another program: \(failure)"
    case .deviceNotPermitted(let device, let failure): "no permission to open “\(device)”: \(failure)"
    case .deviceRefused(let device, let failure): "“\(device)” can't be opened for capture: \(failure)"
    case .noUsableFormat(let device, let offered):
      "“\(device)” offers only \(offered.isEmpty ? "no sample format" : offered.joined(separator: ", "))"
    case .deviceGone(let device, let failure): "“\(device)” has disappeared: \(failure)"
    case .deviceStalled(let device, let after): "“\(device)” has sent nothing for \(after.inSeconds) s"
    case .fileMissing(let path): "\(AudioFile.name(path)): there is no such file"
    case .fileNotReadable(let path, let failure): "\(AudioFile.name(path)): can't be read: \(failure)"
    case .fileEmpty(let path): "\(AudioFile.name(path)): is empty"
    case .notAudio(let path, let failure): "\(AudioFile.name(path)): is no audio file: \(failure)"
    case .noFrames(let path, 0): "\(AudioFile.name(path)): holds no audio: zero frames"
    case .noFrames(let path, let promised):
      "\(AudioFile.name(path)): holds no audio: zero frames, though its header promises \(promised)"
    case .inputTooLong(let path, let limit):
      "\(AudioFile.name(path)): is larger than \(limit) bytes, the most taken through a pipe"
    case .noConversion(let failure): "the audio can't be converted: \(failure)"
    case .system(let failure): "the system refused: \(failure)"
    }
  }
}
