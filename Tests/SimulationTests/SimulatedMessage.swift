import Recognition

@testable import Server
@testable import Streams

/// A message to a client, as bytes: sessions keep them for clients that return.
struct SimulatedMessage: Equatable {
  enum Kind: Int {
    /// The session's number.
    case started
    /// The last chunk that was received.
    case resumed
    /// The chunk.
    case answer
    case failed
    /// Number, first frame, frame after the last, text.
    case final
    case flushed
    /// Chunks, processed, dropped, segments, digest.
    case receipt
    case unknownSession
  }

  var kind: Kind
  var values: [Int] = []
  /// What is settled, as said with it: the chunk, frames of the next one, whether an utterance is open.
  var settled: [Int] = []

  init(_ kind: Kind, _ values: [Int] = [], settled: [Int] = []) {
    self.kind = kind
    self.values = values
    self.settled = settled
  }

  var bytes: [UInt8] { ([kind.rawValue, values.count] + values + settled).withUnsafeBytes { Array($0) } }

  init(_ bytes: UnsafeRawBufferPointer) {
    let numbers = stride(from: 0, to: bytes.count, by: 8).map { bytes.loadUnaligned(fromByteOffset: $0, as: Int.self) }
    guard numbers.count >= 2, let kind = Kind(rawValue: numbers[0]) else {
      preconditionFailure("A message of no kind.")
    }
    self.init(kind, Array(numbers[2..<2 + numbers[1]]), settled: Array(numbers[(2 + numbers[1])...]))
  }

  /// The message for an event that clients count; nil for others.
  init?(_ event: StreamEvent, digest: StreamDigest) {
    switch event {
    case .result(let measure, _): self.init(.answer, [measure.seq])
    case .failed(let seq, _): self.init(.failed, [seq])
    case .update(let update) where update.isFinal:
      let segment = update.segment
      self.init(
        .final,
        [
          segment.number, SimulatedSpeech.frame(segment.start), SimulatedSpeech.frame(segment.end),
          Int(segment.text) ?? 0,
        ])
    case .flushed(let seq, _): self.init(.flushed, [seq])
    case .receipt(let receipt):
      let totals = receipt.totals
      self.init(
        .receipt,
        [
          totals.chunks, totals.processed, totals.dropped, receipt.segments?.count ?? 0,
          Self.number(digest.hexadecimal),
        ])
    case .resumed(_, let seq): self.init(.resumed, [seq])
    default: return nil
    }
  }

  /// The first part of a digest.
  static func number(_ hexadecimal: String) -> Int { Int(hexadecimal.prefix(15), radix: 16) ?? 0 }
}

/// A message of a client.
enum SimulatedRequest {
  case start(SimulatedClient, isContinuous: Bool, settled: Settled)
  case resume(session: Int, answered: Int, segment: Int)
  case chunk([UInt8])
  case flush
  case stop
  /// The client closes.
  case close
}
