internal import JSON
internal import Streams

/// One of the channels that are recognized apart, or all of them, mixed.
struct DeepgramChannel {
  let index: Int
  /// Receipts of all the client's channels.
  let receipts: ChannelResults<StreamReceipt>

  static var all: DeepgramChannel { DeepgramChannel(index: 0, receipts: ChannelResults(channels: 1)) }

  static func each(of count: Int) -> [DeepgramChannel] {
    let receipts = ChannelResults<StreamReceipt>(channels: count)
    return (0..<count).map { DeepgramChannel(index: $0, receipts: receipts) }
  }

  /// Whether there are others.
  var isApart: Bool { receipts.channels > 1 }

  var json: JSONValue { .array([.number(index), .number(receipts.channels)]) }
}
