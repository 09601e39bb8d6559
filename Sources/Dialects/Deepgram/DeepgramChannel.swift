internal import Streams

/// One of the channels that are recognized apart, or all of them, mixed.
struct DeepgramChannel {
  let index: Int
  /// Receipts of all the client's channels.
  let receipts: ChannelResults<StreamReceipt>
  /// The channel in each message, as JSON.
  let json: String

  private init(index: Int, _ receipts: ChannelResults<StreamReceipt>) {
    (self.index, self.receipts) = (index, receipts)
    json = "[\(index),\(receipts.channels)]"
  }

  static var all: DeepgramChannel { DeepgramChannel(index: 0, ChannelResults(channels: 1)) }

  static func each(of count: Int) -> [DeepgramChannel] {
    let receipts = ChannelResults<StreamReceipt>(channels: count)
    return (0..<count).map { DeepgramChannel(index: $0, receipts) }
  }

  /// Whether there are others.
  var isApart: Bool { receipts.channels > 1 }
}
