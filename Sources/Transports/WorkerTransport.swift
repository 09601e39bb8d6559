public import WorkerLink

/// The gateway's end of the links to its workers, whatever carries them. A slot is one worker's place, numbered from 0.
///
/// For the loop's thread.
public protocol WorkerTransport: AnyObject {
  var delegate: (any WorkerTransportDelegate)? { get set }

  /// Brings up a worker in an empty slot; its first reply is `hello`. What is written to the output after the slot is
  /// empty again has no effect.
  func open(_ slot: Int) throws(WorkerLinkError) -> FrameOutput
  /// Ends the worker in this slot at once. The delegate is not told.
  func close(_ slot: Int)
  func isOpen(_ slot: Int) -> Bool

  /// Waits until then at the latest for replies of these slots, and delivers what has arrived; false when the time is
  /// up.
  func receive(from slots: [Int], until end: Duration) -> Bool

  /// The worker's process, where there is one on this machine.
  func pid(_ slot: Int) -> Int32?
}

public protocol WorkerTransportDelegate: AnyObject {
  /// A reply; what it borrows is valid during the call. The delegate may close any slot.
  func transport(received reply: WorkerReply, from slot: Int)
  /// The worker is gone, the slot empty. `exit`: how its process ended, if that is known.
  func transport(lost slot: Int, reason: LinkLoss, exit: WorkerExit?)
  /// A queue that was full has room again.
  func transport(drained slot: Int)
}

/// Why a link ended.
public enum LinkLoss: Equatable, Sendable {
  case closed
  case error(WorkerLinkError)
}
