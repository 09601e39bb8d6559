@testable import Web

/// A form, whole and byte by byte: the parts are the same, or both are refused.
func fuzzMultipart(_ bytes: UnsafeRawBufferPointer) {
  let whole = parts(bytes, pieceBytes: bytes.count)
  require(whole == parts(bytes, pieceBytes: 1), "A form depends on how it is cut.")
  require(whole == parts(bytes, pieceBytes: 3), "A form depends on how it is cut.")
  let content = whole.parts.reduce(0) { $0 + $1.content.count }
  require(content <= bytes.count, "A form has more content than bytes.")
}

private struct Form: Equatable {
  var parts: [Part] = []
  var hasEnded = false
  var problem: MultipartError?
}

private struct Part: Equatable {
  var name: String
  var filename: String?
  var content: [UInt8] = []
}

private func parts(_ bytes: UnsafeRawBufferPointer, pieceBytes: Int) -> Form {
  guard var reader = MultipartReader(contentType: "multipart/form-data; boundary=x") else { return Form() }
  var form = Form()
  var rest = bytes[...]
  while !rest.isEmpty, form.problem == nil {
    let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(pieceBytes))
    rest = rest.dropFirst(pieceBytes)
    do throws(MultipartError) {
      try reader.read(piece) { event in
        switch event {
        case .part(let name, let filename): form.parts.append(Part(name: name, filename: filename))
        case .content(let bytes): form.parts[form.parts.count - 1].content += bytes
        }
      }
    } catch {
      form.problem = error
    }
  }
  form.hasEnded = reader.hasEnded
  return form
}
