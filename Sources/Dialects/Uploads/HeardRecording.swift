internal import Recognition
internal import Streams

/// What was heard in a file so far: its final utterances, and at the end the receipt.
struct HeardSegments {
  private(set) var segments: [Segment] = []
  private var receipt: StreamReceipt?

  /// - Returns: the utterance that the event brought, if it brought one.
  @discardableResult
  mutating func take(_ event: StreamEvent) -> Segment? {
    switch event {
    case .update(let update) where update.isFinal && !update.segment.text.isEmpty: return add(update.segment)
    case .result(let measure, let text?) where !text.text.isEmpty:
      return add(
        Segment(
          number: text.segment, start: measure.start, end: measure.start + measure.duration, text: text.text))
    case .receipt(let receipt): self.receipt = receipt
    default: break
    }
    return nil
  }

  private mutating func add(_ segment: Segment) -> Segment {
    segments.append(segment)
    return segment
  }

  var text: String { segments.map(\.text).joined(separator: " ") }

  /// The receipt of the decoded sound with the bytes of the file as it came; nil until everything is decoded.
  func receipt(of file: UploadedFile) -> StreamReceipt? {
    guard var receipt else { return nil }
    (receipt.totals.bytes, receipt.sha256) = (file.bytes, file.sha256)
    return receipt
  }
}

extension CloseReason {
  /// Why nothing was made of a file, for no fault of its own.
  var rejectionReason: RejectionReason {
    switch self {
    case .overloaded(let seconds, let limit): .delayed(RejectedForDelay(seconds: seconds, limitSeconds: limit))
    case .tokenRevoked: .tokenUnknown
    default: .unavailable
    }
  }
}
