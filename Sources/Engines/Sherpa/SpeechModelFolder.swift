internal import Glibc
internal import Platform

/// A model's folder whose files were checked: they exist, are complete as far as can be seen, and have the right
/// format.
public struct SpeechModelFolder: Equatable, Sendable {
  public let path: String
  public let model: SpeechModel
  /// Of the files together.
  let bytes: Int

  /// Reads `path`/model.json and checks the files it names.
  public init(checking path: String) throws(SpeechError) {
    let description = "\(path)/model.json"
    let text: [UInt8]
    do { text = try FileBytes(description).all(atMost: 1 << 16) } catch {
      throw .file(path: description, problem: error.text)
    }
    do { model = try SpeechModel(parsing: text) } catch { throw .description(path: description, problem: error.text) }
    self.path = path
    var bytes = 0
    for (role, name) in model.files.sorted(by: { $0.key < $1.key }) {
      let file = "\(path)/\(name)"
      do { bytes += try Self.check(file, isTokens: role == "tokens", bytes: model.bytes[name]) } catch {
        throw .file(path: file, problem: error.text)
      }
    }
    self.bytes = bytes
  }

  /// The path of the file with that role, or nil if the model has none.
  func file(_ role: String) -> String? { model.files[role].map { "\(path)/\($0)" } }

  /// - Returns: the file's size.
  private static func check(_ path: String, isTokens: Bool, bytes: Int?) throws(FileProblem) -> Int {
    let file = try FileBytes(path)
    if let bytes, file.count != bytes { throw FileProblem(text: "has \(file.count) bytes, not \(bytes)") }
    if isTokens {
      try TokensFile.check(file.all(atMost: 64 << 20))
    } else if path.hasSuffix(".ort") {
      try NetworkFile.checkORT(file)
    } else {
      try NetworkFile.checkONNX(file)
    }
    return file.count
  }
}

/// What is wrong with a file: the end of a sentence that begins with its path.
struct FileProblem: Error, Equatable { var text: String }

/// An open file with random access.
struct FileBytes: ~Copyable {
  let count: Int
  private let descriptor: Int32

  init(_ path: String) throws(FileProblem) {
    descriptor = open(path.systemName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileProblem(text: errno == ENOENT ? "is missing" : "cannot be opened: \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileProblem(text: "is not a file")
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Up to `length` bytes at `offset`; fewer at the end of the file.
  func bytes(at offset: Int, _ length: Int) throws(FileProblem) -> [UInt8] {
    var problem = false
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, min(length, count - offset))) { buffer, done in
      while done < buffer.count {
        let got = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, offset + done)
        if got <= 0 {
          problem = true
          break
        }
        done += got
      }
    }
    guard !problem else { throw FileProblem(text: "cannot be read: \(String(cString: strerror(errno)))") }
    return bytes
  }

  func all(atMost limit: Int) throws(FileProblem) -> [UInt8] {
    guard count <= limit else { throw FileProblem(text: "has \(count) bytes, more than the limit of \(limit)") }
    return try bytes(at: 0, count)
  }
}
