import Dialects
import Platform
import Streams
import WorkerLink

/// A gateway whose sessions go on at other ones: it makes them known, has workers keep copies of them, and takes what
/// others had. What it does in which order is in the extensions; a simulation's gateway does it, too.
protocol HandoverGateway: SessionOwner, SessionKeepersOwner {
  var time: any LoopTime { get }
  var log: Log { get }
  var counters: Counters { get set }
  var budget: MemoryBudget { get set }
  /// The random id of this life of the gateway.
  var gatewayID: UInt64 { get }
  /// This server in the directory.
  var directoryName: String { get }
  /// The directory of sessions; nil: there are no other servers.
  var bucket: SessionBucket? { get }
  /// Nil: the workers keep no copies.
  var keepers: (any SessionKeepers)? { get }
  var handovers: HandoverTable { get }

  func perform(_ actions: StreamActions, for session: Session, message: UnsafeRawBufferPointer?)
  /// Whether this server has a session of this name, as far as it knows.
  func hasSession(_ name: String) -> Bool
  /// The session of this client, if it is here.
  func session(number: UInt64) -> Session?
  /// The session of the connection that the request came over, if that is still there.
  func newcomer(of resume: RoutedResume) -> Session?
  /// The session goes on as it is here, if it is what its client says.
  func find(_ resume: RoutedResume)
  func refuse(_ resume: RoutedResume, _ problem: ResumeProblem)
  /// A later request for the session was made.
  func dismiss(_ resume: RoutedResume)
  /// The session, which was elsewhere, goes on here.
  func took(_ session: Session, for resume: RoutedResume)
  /// Another server has had the session since it was on any loop of this one: it is given up.
  func giveUpOld(_ name: String, _ key: SessionKey)
  /// Another server has the session: its client is to go there.
  func gaveUp(_ session: Session)
}
