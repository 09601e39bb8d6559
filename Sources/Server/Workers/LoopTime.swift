import Broker
import IO

/// The broker as `DistantWorkers` uses it: a connection that is made anew whenever it breaks.
protocol BrokerAccess: AnyObject {
  var delegate: (any BrokerConnection.Delegate)? { get set }
  /// Why there is no connection; nil if there is one.
  var problem: BrokerError? { get }
  /// Begins to connect.
  func start()
  /// Gives up this connection and makes another one.
  func drop()
  /// Ends it for good.
  func close()

  func subscribe(_ subject: String, as subscription: Int)
  func unsubscribe(_ subscription: Int)
  func publish(_ subject: String, _ payload: [UInt8])
  /// The payload is in two parts. If nobody has subscribed to the subject, the sender of `reply` is told.
  func publish(_ subject: String, reply: String, _ payload: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer)
  /// Asks a bucket at the broker.
  func publish(_ request: KeyValueBucket.Request, reply: String)
}

extension BrokerConnection: BrokerAccess {}

/// The time and the rounds of a loop, as the workers of one loop use them.
protocol LoopTime: AnyObject {
  var now: Duration { get }
  var nowInSeconds: Double { get }
  /// Has this done at the end of the round.
  func atRoundEnd(_ task: any RoundEndTask)
  /// Calls `action` after a while, and from then on again and again if `repeating` is given.
  func call(after delay: Duration, repeating: Duration?, _ action: @escaping () -> Void)
}

extension LoopTime {
  func call(after delay: Duration, _ action: @escaping () -> Void) { call(after: delay, repeating: nil, action) }
}

extension EventLoop: LoopTime {
  func call(after delay: Duration, repeating: Duration?, _ action: @escaping () -> Void) {
    after(delay, repeating: repeating, action)
  }
}
