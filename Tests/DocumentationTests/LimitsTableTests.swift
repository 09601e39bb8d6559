import Audio
import Contract
import EngineSherpa
import Support
import Testing

@testable import Server
@testable import Streams
@testable import Web

/// Holds the limits in docs/protocol.md to the constants.
@Suite struct LimitsTableTests {
  private static let limits: [(name: String, numbers: [Int])] = [
    ("a binary message", [StreamLayout.largestChunkBytes]),
    ("a text message", [ControlMessage.largestBytes]),
    ("chunks received and not yet answered, per client", [StreamLimits.inFlightChunks]),
    ("bytes received and not yet answered, per client", [StreamLimits.inFlightBytes]),
    (
      "replies kept for a client that comes back, per session",
      [StreamLimits.eventLogBytes, Int(StreamLimits.detachedTime.components.seconds)]
    ),
    ("sessions kept without a connection", [Gateway.maximumDetached]),
    (
      "answered audio kept in case a worker dies, per stream of `speech`",
      [StreamLimits.replayBytes, StreamLimits.replaySeconds]
    ),
    ("bytes of unread replies, per client", [StreamLimits.unreadBytes]),
    ("audio waiting to be decoded, per stream of `speech`", [Int(SpeechTuning().backlogSeconds)]),
    ("a RIFF header", [WaveHeader.largestBytes]),
    ("request line and headers together", [HeadLines.maximumBytes, HeadLines.maximumHeaders]),
    ("connections that have not opened a stream, all", [Reception().maximumRequesting]),
    ("connections that have not opened a stream, of one address", [EntranceSettings.requestingPerAddress]),
    ("counted towards the memory budget for a chunk, besides its bytes", [AudioHistory.chunkBytes]),
    ("counted towards the memory budget for a connection with TLS", [ConnectionHolding.tls.bytes]),
    ("streams of one address, of one token", [EntranceSettings.defaultConnections]),
    ("connections", [Gateway.maximumConnections]),
  ]

  private let rows: [String]

  init() throws {
    let page = TextFile.read("\(TextFile.repository)/docs/protocol.md") ?? ""
    let table = page.split(separator: "## Limits\n").last ?? ""
    rows = table.split(separator: "\n").map(String.init).filter { $0.hasPrefix("| ") && !$0.hasPrefix("| what ") }
    try #require(!rows.isEmpty)
  }

  @Test func `the table of limits has the limits there are`() {
    for (name, numbers) in Self.limits {
      let row = rows.first { $0.hasPrefix("| \(name) |") }?.dropFirst(name.count + 4) ?? ""
      let words = row.split { " ;".contains($0) }
      for number in numbers.map(Self.written) {
        #expect(words.contains { $0 == number || $0 == "\(number)," }, "\(name): expected \(number) in \(row)")
      }
    }
    #expect(rows.count == Self.limits.count)
  }

  @Test func `formats have the limits that the text names`() {
    let page = TextFile.read("\(TextFile.repository)/docs/protocol.md") ?? ""
    let (rates, channels) = (AudioFormat.sampleRatesHz, AudioFormat.channelCounts)
    #expect(page.contains("`sample_rate` (\(rates.lowerBound) … \(rates.upperBound))"))
    #expect(page.contains("`channels` (\(channels.lowerBound) … \(channels.upperBound))"))
    #expect(page.contains("up to \(Self.written(StreamLimits.segmentBytes)) bytes"))
    #expect(page.contains("\(HeadLines.maximumHeaders) headers"))
  }

  /// With a comma between thousands.
  private static func written(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.map { ((digits.count - $0) % 3 == 0 && $0 > 0 ? "," : "") + String(digits[$0]) }.joined()
  }
}
