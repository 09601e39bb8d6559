import WorkerLink

/// Frames as a worker reads them: the same however they are split, and the same when they are written again.
func fuzzRequests(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = requests([input.bytes])
  require(whole == requests(input.pieces(seed)), "Requests hang on how they were split.")
  let told = whole.written.withUnsafeBytes { requests([$0]).told }
  require(told == whole.told.filter { !$0.hasPrefix("error ") }, "Requests change when they are written.")
}

/// What was read of a link, each frame as text, and the frames written again.
struct ReadFrames: Equatable {
  var told: [String] = []
  var written: [UInt8] = []

  /// `next` tells the reader's next frame and writes it; nil when there is none.
  init(_ pieces: [UnsafeRawBufferPointer], next: (inout FrameReader, inout FrameWriter) throws -> String?) {
    var reader = FrameReader()
    var writer = FrameWriter()
    do {
      for piece in pieces {
        var rest = piece[...]
        while !rest.isEmpty {
          let room = reader.room()
          let part = rest.prefix(room.count)
          room.copyBytes(from: part)
          reader.commit(part.count)
          rest = rest.dropFirst(part.count)
          while let frame = try next(&reader, &writer) { told.append(frame) }
        }
      }
    } catch {
      told.append("error \(error)")
    }
    written = Array(writer.bytes)
  }
}

private func requests(_ pieces: [UnsafeRawBufferPointer]) -> ReadFrames {
  ReadFrames(pieces) { reader, writer in
    guard let request = try reader.nextRequest() else { return nil }
    switch request {
    case .chunk(let header, let payload):
      writer.chunk(header, odd: UnsafeRawBufferPointer(start: nil, count: 0), sound: payload)
      // What a worker does first: refuse what is no format, or not whole frames of it.
      return "chunk \(header) \(String(describing: header.format)) \(Array(payload))"
    case .recall(let header, let frames, let levels):
      writer.recall(header, frames: frames, levels: levels)
      return "recall \(header) \(frames) \(levels)"
    case .finish(let stream, let seq):
      writer.finish(stream: stream, seq: seq)
      return "finish \(stream) \(seq)"
    case .end(let stream):
      writer.end(stream: stream)
      return "end \(stream)"
    case .shutdown:
      writer.shutdown()
      return "shutdown"
    case .ping(let mark):
      writer.ping(mark)
      return "ping \(mark)"
    }
  }
}
