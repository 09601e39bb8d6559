internal import COpenSSL
import Glibc
import Platform
internal import Streams

/// SHA-256 (FIPS 180-4) over a stream's chunks as they came, by OpenSSL. Its state can be kept, which the interface of
/// OpenSSL 3 has no way to do; this older one lasts as long as the library has TLS 1.2.
final class StreamDigest {
  // Changed by each chunk, which leads nowhere else: checks took 2 % of the server's instructions.
  @exclusivity(unchecked) private var state = SHA256_CTX()
  @exclusivity(unchecked) private var bytes = 0
  /// The digest of all channels together as they came, which another one updates.
  private let whole: StreamDigest?

  /// - Parameter whole: nil for a stream that is whole itself.
  init(partOf whole: StreamDigest? = nil) {
    self.whole = whole
    SHA256_Init(&state)
  }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard whole == nil else { return }
    SHA256_Update(&state, bytes.baseAddress, bytes.count)
    self.bytes += bytes.count
  }

  /// The bytes of all channels together; nil for a stream that is whole itself.
  var wholeBytes: Int? { whole?.bytes }

  /// The digest of everything so far, in lower-case hexadecimal; more may follow.
  var hexadecimal: String {
    if let whole { return whole.hexadecimal }
    var copy = state
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256_Final(&digest, &copy)
    return digest.hexadecimal
  }

  func write(to writer: inout StateWriter) { withUnsafeBytes(of: state) { writer.add($0) } }

  init(from reader: inout StateReader) throws(StateError) {
    whole = nil
    let bytes = try reader.bytes()
    guard bytes.count == MemoryLayout<SHA256_CTX>.size else { throw StateError() }
    withUnsafeMutableBytes(of: &state) { $0.copyBytes(from: bytes) }
    guard state.num < 64, state.md_len == 32 else { throw StateError() }
  }
}

/// SHA-256 of bytes that are all there.
enum SHA256 {
  static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL's SHA-256 takes any bytes.")
    }
    return digest
  }

  /// Takes as long for bytes that differ at once as for those that differ at last.
  static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}

/// AES-256-GCM over the batches of one file of a journal: its tag shows damage, and with a key of the operator's nobody
/// else can read them. The place of a batch in its file is its nonce, so none can be moved.
final class JournalCipher {
  static let tagBytes = 16
  static let saltBytes = 32
  private static let nonceBytes = 12
  private static let pieceBytes = 64 << 10
  private let context: OpaquePointer
  private let key: [UInt8]

  /// - Parameters:
  ///   - salt: random, of this file alone.
  ///   - secret: the operator's; without it the salt is all of the key, and the tag only shows damage.
  init(salt: [UInt8], secret: [UInt8]?) {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("OpenSSL has no memory for a cipher.") }
    self.context = context
    var key = [UInt8](repeating: 0, count: 32)
    let secret = secret ?? []
    guard HMAC(EVP_sha256(), secret, Int32(secret.count), salt, salt.count, &key, nil) != nil else {
      preconditionFailure("OpenSSL has no HMAC.")
    }
    self.key = key
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  private func nonce(_ index: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(index).littleEndian) { Array($0) } + [UInt8](repeating: 0, count: Self.nonceBytes - 8)
  }

  /// Gives the bytes as nobody can read them to `body`, in pieces that stay in the processor's cache.
  /// - Returns: the tag.
  func seal(_ bytes: [UInt8], at index: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: Self.tagBytes)
    var count: Int32 = 0
    var isDone = EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index)) == 1
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { piece in
      for start in stride(from: 0, to: bytes.count, by: Self.pieceBytes) {
        let size = min(Self.pieceBytes, bytes.count - start)
        isDone =
          bytes[start..<start + size].withUnsafeBufferPointer {
            EVP_EncryptUpdate(context, piece.baseAddress, &count, $0.baseAddress, Int32(size))
          } == 1 && isDone
        body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<size]))
      }
      isDone =
        isDone && EVP_EncryptFinal_ex(context, piece.baseAddress, &count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagBytes), &tag) == 1
    }
    precondition(isDone, "OpenSSL's AES takes any bytes.")
    return tag
  }

  /// Nil if these bytes are not what was sealed there.
  func open(_ sealed: ArraySlice<UInt8>, at index: Int) -> [UInt8]? {
    guard sealed.count >= Self.tagBytes else { return nil }
    var tag = Array(sealed.prefix(Self.tagBytes))
    let body = Array(sealed.dropFirst(Self.tagBytes))
    var bytes = [UInt8](repeating: 0, count: body.count + 1)
    var count: Int32 = 0
    let isWhole = bytes.withUnsafeMutableBufferPointer { bytes in
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce(index)) == 1
        && EVP_DecryptUpdate(context, bytes.baseAddress, &count, body, Int32(body.count)) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagBytes), &tag) == 1
        && EVP_DecryptFinal_ex(context, bytes.baseAddress! + body.count, &count) == 1
    }
    bytes.removeLast()
    return isWhole ? bytes : nil
  }
}

/// What OpenSSL would not do with a certificate.
struct CertificateProblem: Error, Equatable, CustomStringConvertible {
  var description: String

  init(_ call: String) {
    let reason = ERR_reason_error_string(ERR_get_error()).map { String(cString: $0) }
    description = reason.map { "\(call): \($0)" } ?? call
    ERR_clear_error()
  }
}

/// An X.509 certificate with its key (ECDSA on P-256), which signs others if it is an authority's.
final class Certificate {
  /// Extensions as OpenSSL's configuration files write them (x509v3_config(5)).
  typealias Extensions = [(kind: Int32, value: String)]

  private let certificate: OpaquePointer
  private let key: OpaquePointer

  private init(_ certificate: OpaquePointer, _ key: OpaquePointer) {
    (self.certificate, self.key) = (certificate, key)
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  /// An authority for these hosts alone: whoever steals its key can't pass for another.
  static func authority(for hosts: [CertificateHost], days: Int) throws(CertificateProblem) -> Certificate {
    let permitted = hosts.map { "permitted;\($0.constraint)" }.joined(separator: ",")
    return try make(
      name: "Audio Service on \(hosts.first?.text ?? "")", days: days, by: nil,
      [
        (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign"),
        (NID_subject_key_identifier, "hash"), (NID_name_constraints, "critical,\(permitted)"),
      ])
  }

  /// A server's certificate for these hosts, signed by this authority.
  func issue(for hosts: [CertificateHost], days: Int) throws(CertificateProblem) -> Certificate {
    try Self.make(
      name: hosts.first?.text ?? "", days: days, by: self,
      [
        (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
        (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
        (NID_authority_key_identifier, "keyid"),
        (NID_subject_alt_name, hosts.map(\.alternativeName).joined(separator: ",")),
      ])
  }

  private static func make(
    name: String, days: Int, by issuer: Certificate?, _ extensions: Extensions
  ) throws(CertificateProblem) -> Certificate {
    guard let key = newKey() else { throw CertificateProblem("key") }
    guard let fresh = X509_new() else {
      EVP_PKEY_free(key)
      throw CertificateProblem("certificate")
    }
    let made = Certificate(fresh, key)
    let signer = issuer ?? made
    let subject = X509_get_subject_name(fresh)
    // A common name has at most 64 characters; the alternative names are what counts.
    let common = Array(name.utf8.prefix(64))
    guard X509_set_version(fresh, 2) == 1, setSerial(of: fresh),
      // An hour back: clocks differ.
      X509_gmtime_adj(X509_getm_notBefore(fresh), -3600) != nil,
      X509_gmtime_adj(X509_getm_notAfter(fresh), days * 86_400) != nil, X509_set_pubkey(fresh, key) == 1,
      X509_NAME_add_entry_by_NID(subject, NID_commonName, Int32(MBSTRING_UTF8), common, Int32(common.count), -1, 0)
        == 1,
      X509_set_issuer_name(fresh, X509_get_subject_name(signer.certificate)) == 1
    else { throw CertificateProblem("certificate") }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, signer.certificate, fresh, nil, nil, 0)
    for (kind, value) in extensions {
      guard let item = X509V3_EXT_conf_nid(nil, &context, kind, value) else { throw CertificateProblem(value) }
      defer { X509_EXTENSION_free(item) }
      guard X509_add_ext(fresh, item, -1) == 1 else { throw CertificateProblem(value) }
    }
    guard X509_sign(fresh, signer.key, EVP_sha256()) > 0 else { throw CertificateProblem("signature") }
    return made
  }

  private static func newKey() -> OpaquePointer? {
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1
    else { return nil }
    return key
  }

  /// 127 random bits, so that no two are alike (CA/Browser Forum: at least 64).
  private static func setSerial(of certificate: OpaquePointer) -> Bool {
    var bytes = randomBytes(16)
    bytes[0] &= 0x7F
    guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else { return false }
    defer { BN_free(number) }
    return BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
  }

  // MARK: PEM

  /// Reads what `certificateText` and `keyText` gave.
  init(certificate text: [UInt8], key keyText: [UInt8]) throws(CertificateProblem) {
    guard let certificate = Self.read(text, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
      throw CertificateProblem("certificate")
    }
    guard let key = Self.read(keyText, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else {
      X509_free(certificate)
      throw CertificateProblem("key")
    }
    (self.certificate, self.key) = (certificate, key)
    guard X509_check_private_key(certificate, key) == 1 else { throw CertificateProblem("key") }
  }

  private static func read(_ text: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
    guard let memory = BIO_new_mem_buf(text, Int32(text.count)) else { return nil }
    defer { BIO_free(memory) }
    return body(memory)
  }

  var certificateText: [UInt8] { Self.text { PEM_write_bio_X509($0, certificate) } }
  var keyText: [UInt8] { Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

  private static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
    guard let memory = BIO_new(BIO_s_mem()), write(memory) == 1 else {
      preconditionFailure("OpenSSL has no memory for a certificate.")
    }
    defer { BIO_free(memory) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = BIO_read(memory, &buffer, Int32(buffer.count)), count > 0 { text += buffer[..<Int(count)] }
    return text
  }

  /// SHA-256 of the certificate, as devices show it.
  var fingerprint: String {
    var digest = [UInt8](repeating: 0, count: 32)
    guard X509_digest(certificate, EVP_sha256(), &digest, nil) == 1 else {
      preconditionFailure("OpenSSL's SHA-256 takes any certificate.")
    }
    let text = digest.hexadecimal.uppercased()
    return stride(from: 0, to: 64, by: 2).map { String(text.dropFirst($0).prefix(2)) }.joined(separator: ":")
  }

  /// Why somebody who trusts this authority would not trust `other` as the host; nil: they would.
  func distrust(of other: Certificate, as host: CertificateHost) -> String? {
    guard let store = X509_STORE_new(), let context = X509_STORE_CTX_new() else {
      preconditionFailure("OpenSSL has no memory for a verification.")
    }
    defer {
      X509_STORE_CTX_free(context)
      X509_STORE_free(store)
    }
    X509_STORE_add_cert(store, certificate)
    guard X509_STORE_CTX_init(context, store, other.certificate, nil) == 1 else {
      return CertificateProblem("verify").description
    }
    let parameters = X509_STORE_CTX_get0_param(context)
    switch host {
    case .name(let name): X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
    case .address(let address): X509_VERIFY_PARAM_set1_ip_asc(parameters, address)
    }
    guard X509_verify_cert(context) != 1 else { return nil }
    return String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context))))
  }
}
