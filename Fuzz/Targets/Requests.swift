@testable import WorkerLink

/// Frames as a worker reads them: the same however they are split, and the same after they are written again.
func fuzzRequests(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = requests([input.bytes])
  require(whole == requests(input.pieces(seed)), "Requests depend on how they were split.")
  let again = whole.written.withUnsafeBytes { requests([$0]) }
  require(again.written == whole.written, "Requests change when they are written.")
}

/// What was read of a link, each frame as text, and the frames written again.
struct ReadFrames: Equatable {
  var read: [String] = []
  var written: [UInt8] = []

  /// `next` describes the reader's next frame and writes it; nil if there is none.
  init(_ pieces: [UnsafeRawBufferPointer], next: (inout FrameReader, FrameWriter) throws -> String?) {
    var reader = FrameReader()
    let writer = FrameWriter()
    do {
      for piece in pieces {
        var rest = piece[...]
        while !rest.isEmpty {
          let room = reader.room()
          let part = rest.prefix(room.count)
          room.copyBytes(from: part)
          reader.commit(part.count)
          rest = rest.dropFirst(part.count)
          while let frame = try next(&reader, writer) { read.append(frame) }
        }
      }
    } catch {
      read.append("error \(error)")
    }
    written = Array(writer.bytes)
  }
}

private func requests(_ pieces: [UnsafeRawBufferPointer]) -> ReadFrames {
  ReadFrames(pieces) { reader, writer in
    guard let request = try reader.nextRequest() else { return nil }
    switch request {
    case .welcome(let version): writer.welcome(version: version)
    case .open(let stream, let request, let checkpoint):
      writer.open(stream: stream, request: request, from: checkpoint)
    case .chunk(let header, let piece):
      writer.piece(header, offset: piece.offset, isLast: piece.isLast, samples: piece.bytes)
      return "chunk \(header) \(piece.offset) \(piece.isLast) \(Array(piece.bytes))"
    case .finish(let stream, let seq): writer.finish(stream, seq: seq)
    case .close(let stream): writer.close(stream)
    case .shutdown: writer.shutdown()
    case .state(let state, let piece): piece.bytes.withUnsafeBytes { writer.state(state, piece.flags, $0) }
    case .take(let key, let epoch): writer.take(key, epoch: epoch)
    case .forget(let key, let epoch): writer.forget(key, epoch: epoch)
    }
    return "\(request)"
  }
}
