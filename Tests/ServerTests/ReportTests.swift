import Dialects
import JSON
import Platform
import Recognition
import Testing
import WorkerLink

@testable import Server

struct ReportTests {
  private let report = Report(
    counters: Counters(
      refusals: .one(.tokenMissing), dialects: .deepgram, chunks: 40, bytes: 4000, processed: 38, dropped: 2,
      losses: LossCounters(replayed: 5),
      recognition: .decodings([0.002], final: [0.4, 0.5]),
      latencies: .answers([0.0001, 0.003, 100])),
    uptimeSeconds: 1.5, clients: .init(connected: 2, away: 1), memory: .init(heldBytes: 100, budgetBytes: 1000),
    workers: [
      .init(
        number: 1, pid: 17, isReady: true, streams: 2, queuedBytes: 0, backlogSeconds: 0.5, heartbeatSeconds: 0.001,
        usage: ProcessUsage(cpuSeconds: 1.5, residentBytes: 4096)),
      .init(number: 4, machine: "a", pid: nil, isReady: false, streams: 1, queuedBytes: 9),
    ],
    engines: [
      .init(name: "speech", isReady: false, models: [EngineModel(name: "tiny \"x\"", languages: ["en"])]),
      .init(name: "mock", isReady: true),
    ],
    sandbox: [SandboxLayer("seccomp"), SandboxLayer("user", problem: "needs root")],
    usage: ProcessUsage(cpuSeconds: 2.5, residentBytes: 8192, virtualBytes: 16384, startSeconds: 10.25),
    certificateExpiry: 1_900_000_000)

  @Test func `ffmpeg is restricted by what needs no root of its own`() {
    var report = report
    report.hasFFmpeg = true
    report.sandbox.insert(SandboxLayer("landlock", problem: "no such call"), at: 1)
    #expect(report.ffmpegSandbox == [SandboxLayer("seccomp"), SandboxLayer("landlock", problem: "no such call")])
  }

  @Test func `as JSON`() throws {
    let json = try JSONValue(parsing: report.json)
    #expect(json["figures"]?["chunks_total"]?.integer == 40)
    #expect(json["figures"]?["uptime_seconds"]?.double == 1.5)
    #expect(json["workers"]?.array?.map { $0["pid"] ?? .bool(false) } == [.number("17"), .null])
    #expect(json["workers"]?.array?.last?["queued_bytes"]?.integer == 9)
    #expect(json["workers"]?.array?.map { $0["worker"]?.integer } == [1, 4])
    #expect(json["workers"]?.array?.map { $0["machine"] ?? .bool(false) } == [.null, .string("a")])
    #expect(json["sandbox"]?.array?.map { $0["active"] ?? .null } == [.bool(true), .bool(false)])
    #expect(json["sandbox"]?.array?.last?["reason"]?.string == "needs root")
    #expect(json["ffmpeg_sandbox"] == .array([]))
    #expect(
      json["engines"]?.array?.first
        == (try JSONValue(
          parsing:
            #"{"engine":"speech","ready":false,"model":"tiny \"x\"","models":["tiny \"x\""],"languages":["en"]}"#
        )))
    #expect(json["engines"]?.array?.last?["model"] == .null)
    #expect(json["refusals"]?["token_missing"]?.integer == 1)
    #expect(json["refusals"]?["overloaded"]?.integer == 0)
    #expect(
      json["figures"]?["dialects"]?["deepgram"]
        == (try JSONValue(parsing: #"{"streams":2,"errors":2}"#)))
    #expect(json["figures"]?["dialects"]?["native"]?["streams"]?.integer == 0)
    #expect(json["resume_refusals"]?["messages_dropped"]?.integer == 0)
    #expect(json["latencies"]?["bounds"]?.array?.count == 19)
    #expect(json["latencies"]?["answer"]?["counts"]?.array?.count == 20)
    #expect(json["latencies"]?["answer"]?["count"]?.integer == 3)
    #expect(json["latencies"]?["decode_final"]?["count"]?.integer == 2)
    #expect(json["figures"]?["segments_total"]?.integer == 2)
    #expect(json["figures"]?["cpu_seconds_total"]?.double == 2.5)
    #expect(json["figures"]?["certificate_expiry_timestamp_seconds"]?.integer == 1_900_000_000)
    #expect(json["workers"]?.array?.first?["cpu_seconds"]?.double == 1.5)
    #expect(json["workers"]?.array?.last?["cpu_seconds"] == .null)
    #expect(json["version"]?.string?.isEmpty == false)
  }

  @Test func `for Prometheus each figure has its help, its type and its value`() {
    let lines = report.prometheus.split(separator: "\n")
    #expect(lines.contains("audio_chunks_total 40"))
    #expect(lines.contains("# TYPE audio_chunks_total counter"))
    #expect(lines.contains("audio_ready 1"))
    #expect(lines.contains("audio_build_info{version=\"\(serviceVersion)\"} 1"))
    #expect(lines.contains(#"audio_worker_ready{worker="4",machine="a"} 0"#))
    #expect(lines.contains(#"audio_refusals_by_reason_total{reason="token_missing"} 1"#))
    #expect(lines.contains(#"audio_worker_cpu_seconds_total{worker="1"} 1.5"#))
    #expect(!lines.contains { $0.hasPrefix(#"audio_worker_cpu_seconds_total{worker="4""#) })
    #expect(lines.contains(#"audio_engine_info{engine="speech",model="tiny \"x\""} 1"#))
    #expect(lines.contains(#"audio_dialect_streams_total{dialect="deepgram"} 2"#))
    #expect(lines.contains(#"audio_dialect_errors_total{dialect="vosk"} 0"#))
    let helps = lines.count { $0.hasPrefix("# HELP ") }
    #expect(helps == lines.count { $0.hasPrefix("# TYPE ") })
    #expect(lines.contains(#"audio_engine_ready{engine="speech"} 0"#))
    #expect(lines.contains(#"audio_engine_ready{engine="mock"} 1"#))
    #expect(Set(lines.filter { $0.hasPrefix("# TYPE ") }).count == helps)
    #expect(report.prometheus.hasSuffix("\n"))
  }

  @Test func `for Prometheus the process has the names that all programs have`() {
    let lines = report.prometheus.split(separator: "\n")
    #expect(lines.contains("process_cpu_seconds_total 2.5"))
    #expect(lines.contains("process_resident_memory_bytes 8192"))
    #expect(lines.contains("process_virtual_memory_bytes 16384"))
    let start = lines.first { $0.hasPrefix("process_start_time_seconds ") }.flatMap { Double($0.dropFirst(27)) }
    // After 2001, and with the process's own part of a second.
    #expect(start.map { $0 > 1e9 && $0 - $0.rounded(.down) == 0.25 } == true)
    #expect(!lines.contains { $0.hasPrefix("audio_cpu_seconds_total") || $0.hasPrefix("audio_resident_bytes") })
  }

  @Test func `without TLS no certificate expires`() {
    var report = report
    #expect(report.prometheus.contains("\naudio_certificate_expiry_timestamp_seconds 1900000000\n"))
    report.certificateExpiry = nil
    #expect(!report.prometheus.contains("certificate"))
  }

  @Test func `links and copies are told by reason and place, workers at a broker by state`() {
    var report = report
    report.counters.losses.links = .of(.messagesLost, 3)
    report.counters.losses.links.fullWindows = 2
    report.counters.losses.links.echoes.add(0.003)
    report.counters.sessions.taken = [.worker: 4, .server: 1]
    report.workers[1].state = .cutOff
    report.workers[1].copyBytes = 70_000
    report.workers[1].copiesDropped = 2
    report.counters.losses.moved = [.share: 5]
    let lines = report.prometheus.split(separator: "\n")
    for line in [
      #"audio_worker_links_ended_total{reason="messages_lost"} 3"#,
      #"audio_worker_links_ended_total{reason="silent"} 0"#,
      "audio_worker_windows_full_total 2",
      #"audio_broker_latency_seconds_bucket{le="0.002"} 0"#,
      #"audio_broker_latency_seconds_bucket{le="0.004"} 1"#,
      "audio_sessions_taken_total 5",
      #"audio_session_copies_total{source="worker"} 4"#,
      #"audio_session_copies_total{source="directory"} 0"#,
      #"audio_broker_workers{state="cut_off"} 1"#,
      #"audio_broker_workers{state="ready"} 0"#,
      #"audio_worker_copy_bytes{worker="4",machine="a"} 70000"#,
      #"audio_worker_copies_dropped_total{worker="4",machine="a"} 2"#,
      #"audio_streams_moved_total{reason="share"} 5"#,
      #"audio_streams_moved_total{reason="leaving"} 0"#,
    ] {
      #expect(lines.contains { $0 == line }, "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix(#"audio_worker_copy_bytes{worker="1""#) })
  }

  @Test func `decodings are a histogram by what they were for`() {
    let lines = report.prometheus.split(separator: "\n")
    #expect(lines.contains(#"audio_decode_seconds_bucket{text="partial",le="0.002"} 1"#))
    #expect(lines.contains(#"audio_decode_seconds_bucket{text="final",le="0.256"} 0"#))
    #expect(lines.contains(#"audio_decode_seconds_bucket{text="final",le="0.512"} 2"#))
    #expect(lines.contains(#"audio_decode_seconds_count{text="final"} 2"#))
    #expect(lines.contains(#"audio_decode_seconds_sum{text="final"} 0.9"#))
    #expect(lines.contains("audio_segments_total 2"))
  }

  @Test func `a histogram's buckets add up, and the last has all`() {
    let lines = report.prometheus.split(separator: "\n")
    let buckets = lines.filter { $0.hasPrefix("audio_answer_latency_seconds_bucket") }
    #expect(buckets.count == 20)
    #expect(buckets.first == #"audio_answer_latency_seconds_bucket{le="0.00025"} 1"#)
    #expect(buckets.contains(#"audio_answer_latency_seconds_bucket{le="0.002"} 1"#))
    #expect(buckets.contains(#"audio_answer_latency_seconds_bucket{le="0.004"} 2"#))
    #expect(buckets.last == #"audio_answer_latency_seconds_bucket{le="+Inf"} 3"#)
    #expect(lines.contains("audio_answer_latency_seconds_count 3"))
    #expect(lines.contains("audio_answer_latency_seconds_sum 100.0031"))
  }

  @Test func `a report is of all loops, the workers in their order`() {
    let first = LoopSnapshot(
      counters: Counters(
        refusals: .one(.tokenMissing), dialects: .deepgram, chunks: 3, bytes: 4, processed: 5,
        losses: LossCounters(links: .of(.silent, 1)), sessions: SessionCounters(taken: [.directory: 1])),
      connected: 1, detached: 2,
      workers: [.init(number: 1, pid: 1, isReady: true, streams: 1, queuedBytes: 0)], workersProblem: nil)
    let second = LoopSnapshot(
      counters: Counters(
        dialects: .deepgram, chunks: 30, dropped: 60,
        losses: LossCounters(workers: 90, replayed: 70, links: .of(.silent, 2)),
        sessions: SessionCounters(resumed: 80, taken: [.worker: 3], fenced: 2, gone: 1),
        recognition: .decodings([1], final: [2])),
      connected: 4,
      workers: [
        .init(number: 2, pid: 2, isReady: true, streams: 2, queuedBytes: 0),
        .init(number: 3, pid: 3, isReady: false, streams: 0, queuedBytes: 9),
      ])
    let report = Report([first, second], uptimeSeconds: 1, memory: .init(heldBytes: 7, budgetBytes: 8))
    #expect(
      report.counters
        == Counters(
          refusals: .one(.tokenMissing), dialects: .deepgramTwice, chunks: 33, bytes: 4, processed: 5, dropped: 60,
          losses: LossCounters(workers: 90, replayed: 70, links: .of(.silent, 3)),
          sessions: SessionCounters(resumed: 80, taken: [.worker: 3, .directory: 1], fenced: 2, gone: 1),
          recognition: .decodings([1], final: [2])
        ))
    #expect(report.counters.connections == 4)
    #expect(report.clients == .init(connected: 5, away: 2))
    #expect(report.memory == .init(heldBytes: 7, budgetBytes: 8))
    #expect(report.workers.map(\.pid) == [1, 2, 3])
  }
}

extension LinkCounters {
  fileprivate static func of(_ ending: LinkEnding, _ count: Int) -> LinkCounters {
    LinkCounters(endings: [ending: count])
  }
}

extension DialectCounters {
  fileprivate static var deepgramTwice: DialectCounters {
    var counters = deepgram
    counters.add(deepgram)
    return counters
  }

  /// Two streams, of which one was closed for a fault, and one that was refused.
  fileprivate static var deepgram: DialectCounters {
    var counters = DialectCounters()
    for code in [1000, 1008] {
      counters.opened("deepgram")
      counters.closed("deepgram", code: code)
    }
    counters.closed("deepgram", code: nil)
    counters.refused("deepgram")
    return counters
  }
}

extension RefusalCounters {
  static func one(_ cause: Rejection.Cause) -> RefusalCounters {
    var counters = RefusalCounters()
    counters.add(cause)
    return counters
  }
}

extension RecognitionCounters {
  /// Decodings of so many seconds, and a segment for each final one.
  fileprivate static func decodings(_ partial: [Double], final: [Double]) -> RecognitionCounters {
    var counters = RecognitionCounters(segments: final.count)
    for one in partial { counters.add(DecodingTime(seconds: one, isFinal: false)) }
    for one in final { counters.add(DecodingTime(seconds: one, isFinal: true)) }
    return counters
  }
}

extension Latencies {
  static func answers(_ seconds: [Double]) -> Latencies {
    var latencies = Latencies()
    for one in seconds { latencies.answer.add(one) }
    return latencies
  }
}
