internal import CPage
import Glibc

/// Files in the program itself.
enum EmbeddedFiles {
  typealias File = (name: String, bytes: [UInt8])

  static var page: [File] { all { page_file($0) } }
  /// The descriptions of the interfaces.
  static var descriptions: [File] { all { description_file($0) } }

  private static func all(_ file: (Int) -> UnsafePointer<page_file>?) -> [File] {
    var files: [File] = []
    while let next = file(files.count)?.pointee {
      let text = UnsafeBufferPointer(start: next.text, count: strlen(next.text))
      files.append((String(cString: next.name), Array(text)))
    }
    return files
  }
}
