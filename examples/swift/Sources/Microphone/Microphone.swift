import Audio
import Capture
import Contract
import Glibc
import IO
import Web

/// Shows the words of the microphone while they are spoken: a client of audio-service in Swift.
///
///     swift run Microphone [ws://127.0.0.1:8000/api/audio/ws]
///
/// Ctrl-C ends it, with the server's account of what it received. The messages: docs/protocol.md.
@main
final class Microphone: WebSocketClientDelegate {
  private let loop: EventLoop
  private let client: WebSocketClient
  private let recording: CaptureThread
  private var sender: LoopTimer?
  /// What was sent.
  private var (chunks, bytes) = (0, 0)
  private var lastSegment = 0
  private var status: Int32 = 1
  /// A tenth of a second.
  private var chunk = [UInt8](repeating: 0, count: AudioFormat.standard.sampleRate / 10 * 2)

  static func main() throws {
    let address = CommandLine.arguments.dropFirst().first ?? "ws://127.0.0.1:8000/api/audio/ws"
    let microphone = try Microphone()
    exit(microphone.run(try WebSocketURL(address)))
  }

  private init() throws {
    loop = try EventLoop()
    client = WebSocketClient(loop: loop, maximumMessageBytes: 5 << 20)
    // From now on on a thread of its own, which keeps ten seconds.
    recording = try CaptureThread(format: .standard) {}
  }

  private func run(_ url: WebSocketURL) -> Int32 {
    loop.onSignal(SIGINT) { [unowned self] in recording.stop() }
    let connection = client.connect(to: url, delegate: self)
    return withExtendedLifetime(connection) {
      loop.run()
      return status
    }
  }

  func opened(_ connection: ClientConnection) {
    sender = loop.after(.zero, repeating: .milliseconds(100)) { [unowned self] in send(on: connection) }
  }

  /// Sends what was recorded.
  private func send(on connection: ClientConnection) {
    while true {
      switch chunk.withUnsafeMutableBytes({ recording.next(into: $0) }) {
      case .audio(let count):
        chunk[..<count].withUnsafeBytes { connection.send(binary: $0) }
        (chunks, bytes) = (chunks + 1, bytes + count)
      case .event(let event): complain("microphone: \(event)")
      case .nothingYet: return
      case .end:
        sender?.cancel()
        return connection.send(text: ControlMessage.stop.text)
      }
    }
  }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    switch ServerMessage(parsing: text) {
    case .transcription(let reply): if let text = reply.text { show(text) }
    case .summary(let receipt):
      let agrees = receipt.chunks == chunks && receipt.bytes == bytes
      status = agrees ? 0 : 1
      print(
        "\(receipt.duration) s in \(receipt.chunks) chunks: the server has \(agrees ? "what was sent" : "something else")"
      )
    case .failure(let error, _, _): complain("\(error)")
    default: break
    }
  }

  /// A reply has what became final since the one before it, and the words of the utterance so far. An engine that
  /// answers each chunk by itself lists no segments.
  private func show(_ text: Transcription.Text) {
    let start = isatty(1) == 1 ? "\r\u{1B}[K" : ""
    let single = text.isFinal ? [(text.segment, text.text)] : []
    let finals = text.segments.isEmpty ? single : text.segments.map { ($0.segment, $0.text) }
    // The reply to stop may repeat the last one.
    for (number, text) in finals where number > lastSegment && !text.isEmpty {
      lastSegment = number
      print(start + text)
    }
    if !text.isFinal, isatty(1) == 1 { print("\(start)› \(text.text.suffix(70))", terminator: "") }
    fflush(nil)
  }

  private func complain(_ sentence: String) {
    let line = Array("\(sentence)\n".utf8)
    write(2, line, line.count)
  }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    complain("\(error)")
    loop.stop()
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) { loop.stop() }
  func drained(_ connection: ClientConnection) {}
}
