import JSON
import WorkerLink

/// The place of a session, as the directory has it.
struct SessionRecord: Equatable, Sendable {
  /// Rises with each change of gateway or worker.
  var epoch: UInt64
  /// The server that has it.
  var gateway: String
  /// The worker with the other copy; empty before the first chunk.
  var worker: String
  /// The other copy itself, while no worker has it; see `SessionImage`.
  var image: [UInt8]?

  init(epoch: UInt64 = 1, gateway: String, worker: String = "", image: [UInt8]? = nil) {
    self.epoch = epoch
    self.gateway = gateway
    self.worker = worker
    self.image = image
  }

  /// Nil for bytes that are no record.
  init?(json: [UInt8]) {
    guard let value = try? JSONValue(parsing: String(decoding: json, as: UTF8.self)),
      let epoch = value["epoch"]?.integer, (1...1 << 48).contains(epoch), let gateway = value["gateway"]?.string,
      let worker = value["worker"]?.string
    else { return nil }
    let image = value["image"]?.string.flatMap { [UInt8](hexadecimal: $0) }
    self.init(epoch: UInt64(epoch), gateway: gateway, worker: worker, image: image)
  }

  var json: [UInt8] {
    var object = JSONObject()
    object.add("epoch", Int(clamping: epoch))
    object.add("gateway", gateway)
    object.add("worker", worker)
    if let image { object.add("image", image.hexadecimal) }
    return object.bytes
  }
}

extension SessionKey {
  /// Of a session: a name alone finds it only for clients with the same token.
  init(session name: String, of holder: String?) {
    guard let key = SessionKey(SHA256.digest(of: Array("\(holder ?? "")\n\(name)".utf8))) else {
      preconditionFailure("A SHA-256 has 32 bytes.")
    }
    self = key
  }

  var text: String { bytes.hexadecimal }
}
