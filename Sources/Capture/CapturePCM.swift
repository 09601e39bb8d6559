internal import CAlsa
internal import Glibc
internal import Platform

/// An open capture device of libasound. This is the only file that calls the library.
///
/// Owned by one thread at a time. Opened in nonblocking mode, so only `wait` blocks.
struct CapturePCM: ~Copyable {
  /// Conversions that a `plug` device must not do: its resampler is linear, and it drops channels instead of mixing
  /// them.
  private static let raw = SND_PCM_NO_AUTO_RESAMPLE | SND_PCM_NO_AUTO_CHANNELS | SND_PCM_NO_AUTO_FORMAT

  /// How a device was configured.
  struct Setting {
    var format: DeviceFormat
    var period: Duration
    var bufferFrames: Int
  }

  /// What is asked of a device.
  struct Request {
    var rate: Int
    var channels: Int
    /// Those that can be decoded, the best first.
    var encodings: [DeviceEncoding]
    var period: Duration
    var buffer: Duration
  }

  let device: String
  private let handle: OpaquePointer
  private let parameters: OpaquePointer
  /// Nil before `configure`.
  private(set) var setting: Setting?

  /// Opens `device` and configures it: as it is, else through a `plug` that may change the encoding. It records from
  /// `start` on.
  static func configured(_ device: String, _ request: Request) throws(CaptureError) -> CapturePCM {
    var offered: [String] = []
    for converting in [false, true] {
      var pcm = try CapturePCM(device: device, converting: converting)
      if !converting { offered = pcm.formatNames }
      if try pcm.configure(request) { return pcm }
    }
    throw .noUsableFormat(device: device, offered: offered)
  }

  /// Opens `device` and reads its capabilities. With `converting`, a `plug` may change the sample format.
  init(device: String, converting: Bool = false) throws(CaptureError) {
    capture_alsa_silence()
    var opened: OpaquePointer?
    let kept = converting ? Self.raw & ~SND_PCM_NO_AUTO_FORMAT : Self.raw
    let code = snd_pcm_open(&opened, device, SND_PCM_STREAM_CAPTURE, Int32(SND_PCM_NONBLOCK | kept))
    guard code >= 0, let opened else { throw Self.openError(device, Self.failure("snd_pcm_open", code)) }
    var space: OpaquePointer?
    let allocated = snd_pcm_hw_params_malloc(&space)
    guard allocated >= 0, let space else {
      let failure = Self.failure("snd_pcm_hw_params_malloc", allocated)
      snd_pcm_close(opened)
      throw .system(failure)
    }
    let filled = snd_pcm_hw_params_any(opened, space)
    guard filled >= 0 else {
      let failure = Self.failure("snd_pcm_hw_params_any", filled)
      snd_pcm_hw_params_free(space)
      snd_pcm_close(opened)
      throw Self.openError(device, failure)
    }
    self.device = device
    handle = opened
    parameters = space
  }

  deinit {
    snd_pcm_hw_params_free(parameters)
    snd_pcm_close(handle)
  }

  // MARK: Capabilities, before configuration

  /// ALSA's names for all its sample formats.
  var formatNames: [String] {
    (0...SND_PCM_FORMAT_LAST.rawValue).compactMap { value in
      let format = snd_pcm_format_t(value)
      guard snd_pcm_hw_params_test_format(handle, parameters, format) == 0 else { return nil }
      return snd_pcm_format_name(format).map { String(cString: $0) }
    }
  }

  var channelRange: ClosedRange<Int> {
    var least: UInt32 = 0
    var most: UInt32 = 0
    snd_pcm_hw_params_get_channels_min(parameters, &least)
    snd_pcm_hw_params_get_channels_max(parameters, &most)
    return Int(least)...max(Int(least), Int(most))
  }

  var rateRange: ClosedRange<Int> {
    var least: UInt32 = 0
    var most: UInt32 = 0
    var direction: Int32 = 0
    snd_pcm_hw_params_get_rate_min(parameters, &least, &direction)
    snd_pcm_hw_params_get_rate_max(parameters, &most, &direction)
    return Int(least)...max(Int(least), Int(most))
  }

  func hasRate(_ rate: Int) -> Bool { snd_pcm_hw_params_test_rate(handle, parameters, UInt32(rate), 0) == 0 }

  private func has(_ encoding: DeviceEncoding) -> Bool {
    snd_pcm_hw_params_test_format(handle, parameters, encoding.alsa) == 0
  }

  // MARK: Configuration

  /// Configures the device as close to the request as possible.
  ///
  /// Rate and channels: the requested value, else the next higher one, else the highest. Encoding: the first of the
  /// list that it has. Period and buffer are always set: sound servers otherwise choose 2,097,152 frames.
  /// - Returns: false if it has none of the encodings.
  private mutating func configure(_ request: Request) throws(CaptureError) -> Bool {
    capture_alsa_silence()
    try check("snd_pcm_hw_params_set_access") {
      snd_pcm_hw_params_set_access($0, $1, SND_PCM_ACCESS_RW_INTERLEAVED)
    }
    var direction: Int32 = 0
    var rate = UInt32(request.rate)
    if snd_pcm_hw_params_set_rate_min(handle, parameters, &rate, &direction) >= 0 {
      try check("snd_pcm_hw_params_set_rate_first") { snd_pcm_hw_params_set_rate_first($0, $1, &rate, &direction) }
    } else {
      try check("snd_pcm_hw_params_set_rate_last") { snd_pcm_hw_params_set_rate_last($0, $1, &rate, &direction) }
    }
    var channels = UInt32(request.channels)
    if snd_pcm_hw_params_set_channels_min(handle, parameters, &channels) >= 0 {
      try check("snd_pcm_hw_params_set_channels_first") { snd_pcm_hw_params_set_channels_first($0, $1, &channels) }
    } else {
      try check("snd_pcm_hw_params_set_channels_last") { snd_pcm_hw_params_set_channels_last($0, $1, &channels) }
    }
    guard let encoding = request.encodings.first(where: { has($0) }) else { return false }
    try check("snd_pcm_hw_params_set_format") { snd_pcm_hw_params_set_format($0, $1, encoding.alsa) }

    var periodFrames = snd_pcm_uframes_t(request.period.inSeconds * Double(rate))
    try check("snd_pcm_hw_params_set_period_size_near") {
      snd_pcm_hw_params_set_period_size_near($0, $1, &periodFrames, &direction)
    }
    // A device with long periods would overrun a buffer of one before it is read.
    var bufferFrames = max(snd_pcm_uframes_t(request.buffer.inSeconds * Double(rate)), 4 * periodFrames)
    try check("snd_pcm_hw_params_set_buffer_size_near") {
      snd_pcm_hw_params_set_buffer_size_near($0, $1, &bufferFrames)
    }
    try check("snd_pcm_hw_params") { snd_pcm_hw_params($0, $1) }
    try wakeEachPeriod(of: periodFrames)
    setting = Setting(
      format: DeviceFormat(sampleRate: Int(rate), channels: Int(channels), encoding: encoding),
      period: .seconds(Double(periodFrames) / Double(rate)), bufferFrames: Int(bufferFrames))
    return true
  }

  /// Begins to record.
  func start() throws(CaptureError) {
    if let failure = restart() { throw Self.openError(device, failure) }
  }

  /// Makes each interrupt that brings half a period wake the thread. A read also takes frames after the period's end,
  /// so the next interrupt finds slightly less than a period: if a whole one were required, the thread would sleep for
  /// another.
  private func wakeEachPeriod(of periodFrames: snd_pcm_uframes_t) throws(CaptureError) {
    var software: OpaquePointer?
    guard snd_pcm_sw_params_malloc(&software) >= 0, let software else { return }
    defer { snd_pcm_sw_params_free(software) }
    try check("snd_pcm_sw_params_current") { pcm, _ in snd_pcm_sw_params_current(pcm, software) }
    try check("snd_pcm_sw_params_set_avail_min") { pcm, _ in
      snd_pcm_sw_params_set_avail_min(pcm, software, max(1, periodFrames / 2))
    }
    try check("snd_pcm_sw_params") { pcm, _ in snd_pcm_sw_params(pcm, software) }
  }

  private func check(_ call: String, _ body: (OpaquePointer, OpaquePointer) -> Int32) throws(CaptureError) {
    let code = body(handle, parameters)
    guard code >= 0 else { throw Self.openError(device, Self.failure(call, code)) }
  }

  // MARK: Recording

  /// Result of a call.
  enum Outcome: Equatable {
    case ready(Int)
    case nothing
    case failed(CallFailure)
  }

  /// Waits for audio, at most this long.
  func wait(milliseconds: Int32) -> Outcome {
    capture_alsa_silence()
    let code = snd_pcm_wait(handle, milliseconds)
    return code == 0 ? .nothing : code > 0 ? .ready(0) : .failed(Self.failure("snd_pcm_wait", code))
  }

  /// Reads the frames the device has, as many as `buffer` holds.
  func read(into buffer: UnsafeMutableRawBufferPointer, frameBytes: Int) -> Outcome {
    capture_alsa_silence()
    let frames = snd_pcm_readi(handle, buffer.baseAddress, snd_pcm_uframes_t(buffer.count / frameBytes))
    if frames > 0 { return .ready(frames) }
    if frames == 0 || frames == -Int(EAGAIN) { return .nothing }
    return .failed(Self.failure("snd_pcm_readi", Int32(frames)))
  }

  /// Prepares and starts: preparing alone does not restart a capture device. Returns the failure, if any.
  func restart() -> CallFailure? {
    capture_alsa_silence()
    let prepared = snd_pcm_prepare(handle)
    guard prepared >= 0 else { return Self.failure("snd_pcm_prepare", prepared) }
    let started = snd_pcm_start(handle)
    return started < 0 ? Self.failure("snd_pcm_start", started) : nil
  }

  /// Resumes after a suspend. Returns the failure, if any: EAGAIN while the hardware sleeps, ENOSYS if it needs a
  /// restart.
  func resume() -> CallFailure? {
    capture_alsa_silence()
    let code = snd_pcm_resume(handle)
    guard code >= 0 else { return Self.failure("snd_pcm_resume", code) }
    guard snd_pcm_state(handle) == SND_PCM_STATE_PREPARED else { return nil }
    let started = snd_pcm_start(handle)
    return started < 0 ? Self.failure("snd_pcm_start", started) : nil
  }

  // MARK: The library

  /// Makes libasound reload its configuration at the next open. Otherwise, once it has found no sound server, it never
  /// looks for one again.
  static func forgetConfiguration() { snd_config_update_free_global() }

  /// Names and descriptions of all entries for capture in the configuration, useful or not.
  static func hints() -> [(name: String, description: String)] {
    capture_alsa_silence()
    var list: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    guard snd_device_name_hint(-1, "pcm", &list) >= 0, let list else { return [] }
    defer { snd_device_name_free_hint(list) }
    var found: [(String, String)] = []
    var index = 0
    while let hint = list[index] {
      index += 1
      guard text("IOID", of: hint) != "Output", let name = text("NAME", of: hint) else { continue }
      found.append((name, text("DESC", of: hint) ?? name))
    }
    return found
  }

  private static func text(_ key: String, of hint: UnsafeMutableRawPointer) -> String? {
    guard let value = snd_device_name_get_hint(hint, key) else { return nil }
    defer { free(value) }
    return String(cString: value)
  }

  private static func failure(_ call: String, _ code: Int32) -> CallFailure {
    let kept = capture_alsa_kept().map { String(cString: $0) } ?? ""
    let words = snd_strerror(code).map { String(cString: $0) } ?? "error"
    let first = kept.split(whereSeparator: \.isNewline).first.map(String.init)
    return CallFailure(call: call, code: Int(-code), reason: first.map { "\($0): \(words)" } ?? words)
  }

  private static func openError(_ device: String, _ failure: CallFailure) -> CaptureError {
    switch Int32(failure.code) {
    // Of a card whose nodes may not be opened, libasound says that there is no such card.
    case ENOENT, ENODEV, ENXIO:
      failure.isUnknownName
        ? .noSuchDevice(device: device, failure)
        : SoundNodes.refused(by: SoundNodes.system).map { .deviceNotPermitted(device: device, $0) }
          ?? .noSuchDevice(device: device, failure)
    case EBUSY, EAGAIN: .deviceBusy(device: device, failure)
    case EACCES, EPERM: .deviceNotPermitted(device: device, failure)
    default: .deviceRefused(device: device, failure)
    }
  }
}

extension DeviceEncoding {
  fileprivate var alsa: snd_pcm_format_t {
    switch self {
    case .u8: SND_PCM_FORMAT_U8
    case .s16: SND_PCM_FORMAT_S16_LE
    case .s24: SND_PCM_FORMAT_S24_3LE
    case .s24in32: SND_PCM_FORMAT_S24_LE
    case .s32: SND_PCM_FORMAT_S32_LE
    case .f32: SND_PCM_FORMAT_FLOAT_LE
    }
  }
}
