internal import Audio

/// Reads WAVE files: RIFF, RIFX, RF64 and BW64.
enum RIFFFile {
  /// MPEG audio in a WAVE file.
  private static let mpegTags = [0x50, 0x55]
  /// Chunks looked through behind the samples; recorders write a dozen.
  private static let chunks = 1000
  private static let names = ["RIFF", "RIFX", "RF64", "BW64"]

  /// The header at `start`; nil if it is incomplete.
  static func header(_ file: FileContents, at start: Int) throws(WaveHeaderError) -> WaveHeader? {
    // A file is skipped through. Of a pipe all is kept until the samples begin.
    var reader = WaveHeaderReader(limitBytes: file.end ?? WaveHeader.largestBytes)
    while true {
      // From a pipe no more is read than there must be.
      let block = file[start + reader.offset, file.end == nil ? 1 : 4096]
      guard !block.isEmpty else { return nil }
      if let header = try reader.take(block) { return header }
      if file.end != nil { _ = reader.skip() }
    }
  }

  static func part(_ file: FileContents, at start: Int) -> FilePart? {
    guard let header = try? header(file, at: start) else { return nil }
    let sound = start + header.samplesOffset
    let extent = file.end.map {
      SoundExtent.compare(stated: header.sampleBytes, start: sound, end: $0) { endsWell(file, at: $0) }
    }
    var end = header.sampleBytes.map { sound + $0 }
    if extent?.reachesEnd == true || (header.sampleBytes == nil && extent != .agrees) { end = nil }
    if extent == .agrees, header.sampleBytes == nil { end = sound }
    if mpegTags.contains(header.coding.tag) { return MPEGFile.part(file, at: sound, to: end) }
    let present = [end, file.end].compactMap { $0 }.min()
    var part = FilePart(view: FileView(file, from: sound, to: present), kind: .wave, soundStart: sound)
    // Of a file it is known now whether another one follows. Of a pipe it is looked at then.
    part.next = file.end == nil ? end : end.flatMap { next(file, from: $0) }
    if let samples = raw(header, file, at: sound) {
      part.raw = samples
    } else {
      part.view = described(header, file, at: start, sound, present)
    }
    switch extent {
    case .neverWritten: part.unfinishedBytes = 0
    case .exceeded(let stated): part.unfinishedBytes = stated
    case .agrees, .cut, nil: part.promise = end.map { .bytes($0 - sound) } ?? .none
    }
    return part
  }

  private static func raw(_ header: WaveHeader, _ file: FileContents, at sound: Int) -> RawSamples? {
    let coding = header.coding
    guard let samples = coding.samples, coding.channels > 0, coding.sampleRate > 0 else { return nil }
    var raw = RawSamples(
      coding: samples, channels: coding.channels, sampleRate: coding.sampleRate, isBigEndian: header.isBigEndian)
    guard samples == .s24in32 else { return raw }
    raw.coding = .s32
    // A recorder begins with silence: that is ALSA's.
    raw.isLower = !header.isBigEndian && WaveCoding.isLower(file[sound, raw.frameBytes * 256]) != false
    return raw
  }

  /// A header with the same coding and the true length, for codings that libsndfile decodes.
  private static func described(
    _ header: WaveHeader, _ file: FileContents, at start: Int, _ sound: Int, _ end: Int?
  ) -> FileView {
    let coding = file[start + header.codingPlace.lowerBound, header.codingPlace.count]
    let size = UInt32(min((end ?? .max) - sound, 0xFFFF_0000))
    let name = header.isBigEndian ? "RIFX" : "RIFF"
    func number(_ value: UInt32) -> [UInt8] { header.isBigEndian ? value.bigEndianBytes : value.littleEndianBytes }
    var head = Array("WAVEfmt ".utf8) + number(UInt32(coding.count)) + coding
    if coding.count % 2 == 1 { head.append(0) }
    head += Array("data".utf8) + number(size)
    head = Array(name.utf8) + number(UInt32(head.count) &+ size) + head
    var view = FileView(file, from: sound, to: end, head: head)
    view.length = head.count + Int(size)
    return view
  }

  // MARK: - Behind the samples

  /// Whether chunks follow up to the end of the file, or another file.
  static func endsWell(_ file: FileContents, at position: Int) -> Bool {
    guard let end = file.end else { return true }
    let tag = 128
    if end - position == tag, file[position, 3].elementsEqual("TAG".utf8) { return true }
    var position = position
    for count in 0..<chunks {
      position += padding(file, at: position)
      if position >= end { return count > 0 }
      let name = file[position, 4]
      if begins(file, at: position) || ID3Tag.bytes(file[position, ID3Tag.headerBytes]) != nil { return true }
      guard name.count == 4, name.allSatisfy({ (0x20..<0x7F).contains($0) }), name[0] > 0x20,
        let size = file.number(at: position + 4, bytes: 4, bigEndian: false)
      else { return false }
      // A list may be cut with the file.
      if position + 8 + size >= end { return position + 8 + size - end <= 1 || name.elementsEqual("LIST".utf8) }
      position += 8 + size
    }
    return true
  }

  /// The padding before a chunk: a byte, or a few of writers that align more.
  private static func padding(_ file: FileContents, at position: Int) -> Int {
    file[position, 8].prefix { $0 == 0 }.count
  }

  static func begins(_ file: FileContents, at position: Int) -> Bool {
    names.contains(file.name(at: position)) && file.name(at: position + 8) == "WAVE"
  }

  /// Why the header cannot be used, if that is known.
  static func problem(_ file: FileContents, _ start: Int) -> String? {
    do throws(WaveHeaderError) {
      _ = try header(file, at: start)?.format()
      return nil
    } catch {
      return error.message
    }
  }

  /// Whether a chunk may begin here: its name is printable.
  static func isChunk(_ file: FileContents, at position: Int) -> Bool {
    let name = file[position + padding(file, at: position), 4]
    return name.allSatisfy { (0x20..<0x7F).contains($0) } || name.starts(with: "TAG".utf8)
  }

  /// The next file behind the samples of another, if any: somebody has joined them.
  static func next(_ file: FileContents, from position: Int) -> Int? {
    var position = position
    for _ in 0..<chunks {
      position += padding(file, at: position)
      if begins(file, at: position) { return position }
      guard let size = file.number(at: position + 4, bytes: 4, bigEndian: false) else { return nil }
      position += 8 + size
    }
    return nil
  }
}
