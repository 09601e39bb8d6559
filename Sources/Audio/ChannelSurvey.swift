/// Listens to the channels of a device until their levels can be told apart: for two seconds with sound.
public struct ChannelSurvey: Equatable, Sendable {
  static let seconds = 2.0
  /// Below this, −60 dBFS, the loudest channel is noise, which says nothing about the others.
  static let leastRMS = 0.001
  /// Channels that are compared with each other: what two of more cancel is lost among the rest.
  static let comparedChannels = 8

  private let channels: Int
  private let windowFrames: Int
  private var frames = 0
  private var squares: [Double]
  /// Sums of the products of each two channels, row by row.
  private var products: [Double]
  /// Nil until they are known.
  public private(set) var levels: ChannelLevels?

  public init(channels: Int, rate: Int) {
    self.channels = channels
    windowFrames = Int(Self.seconds * Double(rate))
    squares = [Double](repeating: 0, count: channels)
    let compared = min(channels, Self.comparedChannels)
    products = [Double](repeating: 0, count: compared * compared)
  }

  /// The next whole interleaved frames.
  public mutating func take(_ samples: UnsafeBufferPointer<Float>) {
    guard levels == nil else { return }
    let compared = min(channels, Self.comparedChannels)
    for frame in 0..<(samples.count / channels) {
      let first = frame * channels
      for channel in 0..<channels {
        squares[channel] += Double(samples[first + channel]) * Double(samples[first + channel])
      }
      for left in 0..<compared {
        for right in (left + 1)..<max(compared, left + 1) {
          products[left * compared + right] += Double(samples[first + left]) * Double(samples[first + right])
        }
      }
    }
    frames += samples.count / channels
    if frames >= windowFrames { conclude() }
  }

  private mutating func conclude() {
    let found = ChannelLevels(rms: squares.map { ($0 / Double(frames)).squareRoot() }, canceling: cancelingPair)
    if found.loudest >= Self.leastRMS { levels = found }
    self.frames = 0
    squares = squares.map { _ in 0 }
    products = products.map { _ in 0 }
  }

  /// The first two channels that are nearly the same with opposite signs.
  private var cancelingPair: ChannelLevels.Pair? {
    let compared = min(channels, Self.comparedChannels)
    for left in 0..<compared {
      for right in (left + 1)..<max(compared, left + 1) {
        let power = squares[left] + squares[right]
        let rest = power + 2 * products[left * compared + right]
        if power > 0, rest < ChannelLevels.canceledPower * power { return .init(left: left, right: right) }
      }
    }
    return nil
  }
}

/// How loud each channel of a device is.
public struct ChannelLevels: Equatable, Sendable {
  /// Two channels, from 0.
  public struct Pair: Equatable, Sendable {
    public var left: Int
    public var right: Int

    public init(left: Int, right: Int) {
      self.left = left
      self.right = right
    }
  }

  /// What the sum of two channels keeps of their power at most, if they cancel each other: 10 dB less.
  static let canceledPower = 0.1
  /// 40 dB below the loudest a channel has nothing of what the loudest hears.
  static let silence = 0.01

  /// Root mean squares, full scale 1.
  public var rms: [Double]
  /// Two channels that cancel each other when they are mixed.
  public var canceling: Pair?

  public init(rms: [Double], canceling: Pair? = nil) {
    self.rms = rms
    self.canceling = canceling
  }

  public var loudest: Double { rms.max() ?? 0 }

  /// Channels, from 0, that are silent beside the loudest.
  public var silent: [Int] { rms.indices.filter { rms[$0] < loudest * Self.silence } }
}
