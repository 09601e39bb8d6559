import Broker
import IO
import Platform
import WorkerLink

/// Carries out a `BucketSetup` at a broker, on a loop of its own.
final class BucketSetupRun: BrokerConnection.Delegate {
  private let loop: EventLoop
  private let broker: BrokerConnection
  /// The subject of answers; the number of the request follows.
  private let answers = LinkSubject.making(by: SubjectToken.life())
  private var setup: BucketSetup
  private var last = 0
  /// The time to ask again.
  private var due = Duration.zero
  private var result: Result<String, BrokerCommand.Failure>?
  /// The last reason why there is none yet; each is told once.
  private var obstacle = "the broker does not answer" {
    didSet { if obstacle != oldValue { StandardError.write("audio-server: waiting: \(obstacle)") } }
  }

  /// Time for brokers that are started at this moment.
  private static let patience = Duration.seconds(30)
  private static let pause = Duration.seconds(1)
  /// Time that the broker has to answer.
  private static let timeout = Duration.seconds(5)

  init(_ settings: BrokerSettings, replicas: Int) throws(IOError) {
    loop = try EventLoop()
    broker = BrokerConnection(settings, name: "audio-server broker init", on: loop)
    setup = BucketSetup(SessionBucket.bucket, replicas: replicas)
    broker.delegate = self
  }

  /// The sentence for standard output.
  func run() -> Result<String, BrokerCommand.Failure> {
    broker.start()
    loop.after(Self.patience) { [unowned self] in end(.failure(BrokerCommand.Failure(obstacle))) }
    loop.after(Self.pause, repeating: Self.pause) { [unowned self] in
      if broker.isConnected, loop.now >= due { carryOut(setup.ask()) }
    }
    loop.run()
    return result ?? .failure(BrokerCommand.Failure(obstacle))
  }

  private func end(_ result: Result<String, BrokerCommand.Failure>) {
    if self.result == nil { self.result = result }
    broker.close()
    loop.stop()
  }

  private func carryOut(_ step: BucketSetup.Step) {
    switch step {
    case .send(let request):
      last += 1
      due = loop.now + Self.timeout
      broker.publish(request, reply: "\(answers)\(last)")
    case .wait(let reason):
      obstacle = reason
      due = loop.now
    case .done(let sentence): end(.success(sentence))
    case .fail(let reason): end(.failure(BrokerCommand.Failure(reason)))
    }
  }

  // MARK: The broker

  func brokerConnected() {
    broker.subscribe("\(answers)>", as: SessionBucket.subscription)
    carryOut(setup.ask())
  }

  func broker(lost reason: String) { obstacle = reason }

  func broker(unreached reason: String) {
    // Whether a broker comes up is to be seen; one that does not take this user will not.
    guard case .unreachable? = broker.problem else { return end(.failure(BrokerCommand.Failure(reason))) }
    obstacle = reason
  }

  func broker(complains reason: String) {
    let advice = "the user needs the rights that audio-server broker user NAME --role admin prints"
    end(.failure(BrokerCommand.Failure("\(reason): \(advice)")))
  }

  func broker(delivered message: BrokerMessage) {
    // Of earlier requests none is waited for.
    guard message.subject.dropFirst(answers.count) == "\(last)" else { return }
    carryOut(setup.take(BucketReply.result(of: message)))
  }
}
