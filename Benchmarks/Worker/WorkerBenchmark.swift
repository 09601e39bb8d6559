internal import Audio
internal import Glibc
internal import Recognition
internal import Transports
internal import WorkerLink

/// Measures how many chunks a second one worker answers, and the round trip of a single chunk.
///
/// `swift build -c release && .build/release/WorkerBenchmark [CHUNK_BYTES] [CHUNKS] [STREAMS]`
@main struct WorkerBenchmark {
  static func main() throws {
    let numbers = CommandLine.arguments.dropFirst().map { Int($0) ?? 0 }
    let bytes = numbers.first ?? 3200
    let chunks = numbers.count > 1 ? numbers[1] : 1_000_000
    let streams = numbers.count > 2 ? numbers[2] : 50
    var worker = try BenchmarkedWorker(bytes: bytes, streams: streams)
    let alone = try worker.run(chunks: min(chunks, 50_000), inFlight: 1)
    let many = try worker.run(chunks: chunks, inFlight: streams * 16)
    print("\(bytes) bytes: alone \(alone.nanoseconds) ns there and back")
    print(
      "\(bytes) bytes, \(streams * 16) in flight: \(many.perSecond) chunks/s, \(many.nanoseconds) ns each; the worker "
        + "used \(many.workerNanoseconds) ns of CPU a chunk, the driver \(many.ownNanoseconds) ns")
  }
}

private struct Outcome {
  var chunks: Int
  var wall: Double
  var own: Double
  var worker: Double
  var perSecond: Int { Int(Double(chunks) / wall) }
  var nanoseconds: Int { Int(wall / Double(chunks) * 1e9) }
  var ownNanoseconds: Int { Int(own / Double(chunks) * 1e9) }
  var workerNanoseconds: Int { Int(worker / Double(chunks) * 1e9) }
}

private struct BenchmarkedWorker {
  private let process: WorkerProcess
  private let samples: [UInt8]
  private let streams: Int
  private var seq = 0

  init(bytes: Int, streams: Int) throws {
    let own = CommandLine.arguments[0]
    let folder = own.lastIndex(of: "/").map { own[..<$0] } ?? "."
    process = try WorkerProcess.spawn(path: "\(folder)/audio-worker", arguments: [])
    self.streams = streams
    process.socket.frames.welcome(version: LinkVersion.supported.upperBound)
    for stream in 0..<streams {
      process.socket.frames.open(
        stream: Self.id(stream), request: StreamRequest(format: .standard, engine: "mock"), from: Checkpoint(frame: 0))
    }
    samples = (0..<bytes).map { _ in UInt8.random(in: 0...63) }
  }

  mutating func run(chunks: Int, inFlight: Int) throws -> Outcome {
    let clocks = (Self.seconds(CLOCK_MONOTONIC), Self.seconds(CLOCK_PROCESS_CPUTIME_ID), workerSeconds)
    var sent = 0
    var answered = 0
    while answered < chunks {
      samples.withUnsafeBytes { samples in
        while sent < chunks, sent - answered < inFlight {
          seq += 1
          let header = ChunkHeader(
            stream: Self.id(sent % streams), seq: seq, startFrame: seq * 1600, chunkBytes: samples.count)
          process.socket.frames.chunk(header, samples)
          sent += 1
        }
      }
      let flushed = process.socket.flush()
      var watched = pollfd(
        fd: process.socket.descriptor, events: Int16(POLLIN | (flushed == .blocked ? POLLOUT : 0)), revents: 0)
      poll(&watched, 1, -1)
      if try process.socket.read() == .closed { preconditionFailure("The worker went away.") }
      while let frame = try process.socket.nextFrame() { if case .text = try WorkerReply(frame) { answered += 1 } }
    }
    return Outcome(
      chunks: chunks, wall: Self.seconds(CLOCK_MONOTONIC) - clocks.0,
      own: Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - clocks.1, worker: workerSeconds - clocks.2)
  }

  private static func id(_ stream: Int) -> StreamID { StreamID(gateway: 1, number: UInt64(stream) + 1) }

  private var workerSeconds: Double {
    var clock = clockid_t()
    guard clock_getcpuclockid(process.pid, &clock) == 0 else { return 0 }
    return Self.seconds(clock)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
