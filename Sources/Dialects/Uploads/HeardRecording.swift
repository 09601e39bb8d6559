internal import Audio
internal import Recognition
internal import Streams

/// The final utterances of a recording so far, and at the end the receipt.
struct HeardRecording {
  private(set) var segments: [Segment] = []
  private(set) var receipt: StreamReceipt?
  /// Why the first piece that was not recognized was not.
  private var failure: RejectionReason?

  /// Reason for a recording without text that is not one without speech.
  var problem: RejectionReason? { segments.isEmpty ? failure : nil }

  /// - Returns: the piece that the event added to the text, if it added one. Put together, the pieces are the text.
  @discardableResult
  mutating func take(_ event: StreamEvent) -> String? {
    switch event {
    case .update(let update) where update.isFinal: return add(update.segment)
    case .result(let measure, let text?): return add(Segment(text, of: measure))
    case .failed(let seq, let cause): failure = failure ?? cause.rejectionReason(seq: seq)
    case .notice(.wordsMissing(let seconds)):
      failure = failure ?? .notRecognized(StreamNotice.wordsMissing(seconds: seconds).sentence)
    case .receipt(let receipt): self.receipt = receipt
    default: break
    }
    return nil
  }

  private mutating func add(_ segment: Segment) -> String? {
    guard !segment.text.isEmpty else { return nil }
    segments.append(segment)
    return (segments.count > 1 ? " " : "") + segment.text
  }

  /// That of the most utterances, if they tell theirs; of equals, the first.
  var language: String? {
    let languages = segments.compactMap(\.language)
    let counts = Dictionary(languages.map { ($0, 1) }, uniquingKeysWith: +)
    return languages.max { counts[$0, default: 0] < counts[$1, default: 0] }
  }

  var text: String { segments.map(\.text).joined(separator: " ") }

  /// The receipt of the decoded sound with the bytes of the file as it came; nil until everything is decoded.
  func receipt(of file: UploadedFile) -> StreamReceipt? {
    guard var receipt else { return nil }
    (receipt.totals.bytes, receipt.sha256) = (file.bytes, file.sha256)
    return receipt
  }
}

extension ChunkFailure {
  fileprivate func rejectionReason(seq: Int) -> RejectionReason {
    switch self {
    case .poison: .notDecoded(sentence(seq: seq))
    case .serverEnded: .unavailable
    case .worker(let reason): .notRecognized(reason)
    }
  }
}

extension CloseReason {
  /// The same reason for a file of which nothing was made.
  var rejectionReason: RejectionReason {
    switch self {
    case .overloaded(let seconds, let limit): .delayed(RejectedForDelay(seconds: seconds, limitSeconds: limit))
    case .tokenRevoked: .tokenUnknown
    case .unsupported(_, let error): .notDecoded(error.description)
    default: .unavailable
    }
  }
}
