@testable import WorkerLink

/// Frames as a worker reads them: the same however they are split, the same after they are written again, and the same
/// where they are lent.
func fuzzRequests(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = requests([input.bytes])
  require(whole == requests(input.pieces(seed)), "Requests depend on how they were split.")
  let again = whole.written.withUnsafeBytes { requests([$0]) }
  require(again.written == whole.written, "Requests change when they are written.")
  let lent = whole.written.withUnsafeBytes(lentRequests)
  require(lent.written == whole.written && lent.read == again.read, "Requests depend on where they lie.")
  // Bytes that are cut off, or were never a frame, trap no more than on the socket.
  let cut = lentRequests(input.bytes)
  require(whole.read.starts(with: cut.read.filter { !$0.hasPrefix("error ") }), "Lent memory has other requests.")
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

  /// The same for frames that need no pieces.
  init(next: (FrameWriter) throws -> String?) {
    let writer = FrameWriter()
    do {
      while let frame = try next(writer) { read.append(frame) }
    } catch {
      read.append("error \(error)")
    }
    written = Array(writer.bytes)
  }
}

private func requests(_ pieces: [UnsafeRawBufferPointer]) -> ReadFrames {
  ReadFrames(pieces) { reader, writer in try reader.nextRequest().map { describe($0, writer) } }
}

private func lentRequests(_ bytes: UnsafeRawBufferPointer) -> ReadFrames {
  var frames = LentFrames(bytes)
  return ReadFrames { writer in try frames.next().map { describe(try WorkerRequest($0), writer) } }
}

/// A request as text, which is written again.
private func describe(_ request: WorkerRequest, _ writer: FrameWriter) -> String {
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
