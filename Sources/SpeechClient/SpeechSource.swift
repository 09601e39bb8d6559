public import Audio

/// Sound to transcribe.
public struct SpeechSource: Sendable {
  enum Kind: Sendable {
    case file(path: String, raw: AudioFormat?, isLive: Bool)
    case microphone(device: String, format: AudioFormat)
    /// Whoever is given the queue puts the pieces into it until the task ends.
    case pieces(format: AudioFormat, fill: @Sendable (PieceQueue) -> Task<Void, Never>)
  }

  let kind: Kind

  /// An audio file of any kind that libsndfile reads, or ffmpeg where that is installed; `-` is standard input.
  /// - Parameters:
  ///   - raw: the format of a file without a header.
  ///   - isLive: it is sent as fast as it would be spoken, instead of as fast as the server answers.
  public static func file(_ path: String, raw: AudioFormat? = nil, isLive: Bool = false) -> SpeechSource {
    SpeechSource(kind: .file(path: path, raw: raw, isLive: isLive))
  }

  /// A microphone, until `stop()`. One that disappears is waited for.
  /// - Parameters:
  ///   - device: a name of ALSA.
  ///   - format: what is sent; the device's own format is converted to it.
  public static func microphone(_ device: String = "default", format: AudioFormat = .standard) -> SpeechSource {
    SpeechSource(kind: .microphone(device: device, format: format))
  }

  /// Pieces of sound of any length, such as an `AsyncStream` that somebody fills. The next one is asked for as soon as
  /// there is room for it. Several streams of one sequence share its pieces.
  /// - Parameter format: of the samples, whose channels are interleaved. Bytes at the very end that are no whole frame
  ///   are left out.
  public static func pieces<Pieces: AsyncSequence & Sendable>(
    _ pieces: Pieces, format: AudioFormat = .standard
  ) -> SpeechSource where Pieces.Element == [UInt8] {
    let fill: @Sendable (PieceQueue) -> Task<Void, Never> = { queue in
      Task {
        do {
          for try await piece in pieces {
            guard await queue.put(piece) else { return }
          }
          queue.finish()
        } catch {
          queue.finish(throwing: error)
        }
      }
    }
    return SpeechSource(kind: .pieces(format: format, fill: fill))
  }
}
