import CommandLine

/// `audio-server certificate`: an authority of this machine's own and a certificate, for phones on its network.
enum CertificateCommand {
  static let flags =
    [
      Flag(
        "host", "NAMES",
        "Names or addresses, separated by commas, by which devices reach this machine: desk.local,192.168.1.20. It is for localhost, too."
      ),
      Flag(
        "out", "DIR", fallback: "certificates",
        "Folder for the files. An authority that is there already signs the new certificate, so that devices need nothing new."
      ),
    ] + Flag.common

  static func help(width: Int) -> String {
    """
    audio-server certificate: makes a local authority and a certificate, so that browsers on phones and other \
    machines let the page use the microphone.

    Usage: audio-server certificate --host NAMES [--out DIR]

    \(Flag.table(flags, width: width))

    Run it again before the certificate ends (800 days), and send SIGHUP to a running server.
    """
  }

  /// Carries it out; the text for standard output, without a last newline.
  static func run(_ settings: Settings) throws(UsageError) -> Result<String, CertificateFolder.Failure> {
    if let operand = settings.operands.first {
      throw UsageError("certificate: expected flags only, got \"\(operand)\"")
    }
    guard let list = settings.string("host"), !list.isEmpty else {
      throw UsageError("certificate: expected --host NAME, by which devices reach this machine")
    }
    var hosts: [CertificateHost] = []
    for text in list.split(separator: ",") {
      guard let host = CertificateHost(text) else {
        throw settings.refuse("host", allowed: "names such as desk.local or addresses such as 192.168.1.20")
      }
      if !hosts.contains(host) { hosts.append(host) }
    }
    guard let first = hosts.first, let out = settings.string("out"), !out.isEmpty else {
      throw settings.refuse("host", allowed: "names such as desk.local or addresses such as 192.168.1.20")
    }
    let folder = CertificateFolder(path: out)
    do throws(CertificateFolder.Failure) {
      let (authority, isNew) = try folder.make(for: hosts)
      return .success(text(folder, authority, isNew: isNew, first))
    } catch {
      return .failure(error)
    }
  }

  private static func text(
    _ folder: CertificateFolder, _ authority: Certificate, isNew: Bool, _ host: CertificateHost
  ) -> String {
    """
    \(isNew ? "Made" : "Kept") the authority \(folder.authority); it can sign for these hosts only.
    SHA-256 \(authority.fingerprint)
    Made the certificate \(folder.certificate).

    1. Start the server, with a token for each person:
       audio-server token add alice --auth-tokens tokens
       audio-server --host 0.0.0.0 --auth-tokens tokens --tls-cert \(folder.certificate) --tls-key \(folder.key)
    2. Install \(folder.authority) on each device\(isNew ? "" : " that does not have it yet"):
       iPhone, iPad: send it there (AirDrop, mail), install it in Settings > General > VPN & Device Management, then
       turn it on in Settings > General > About > Certificate Trust Settings.
       Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate.
       Others: docs/browser.md. Never give \(folder.authorityKey) to anybody.
    3. Open https://\(host.authority):8000/ there.
    """
  }
}
