@testable import Client
@testable import CommandLine
@testable import Server
@testable import Worker

/// docs/flags.md, made from the declarations that also print `--help`.
enum FlagsPage {
  static let path = "docs/flags.md"

  static var text: String {
    """
    # Flags

    Every flag can be given as `--flag VALUE` or `--flag=VALUE`. A flag wins over its environment variables, of which the
    first that is set and not empty counts, and these over the [configuration
    file](operations.md#the-configuration-file). `make docs` generates this page from the declarations that print `--help`.

    ## audio-server

    \(ServerSettings.groups.map { "### \($0.title)\n\n\(list($0.flags))" }.joined(separator: "\n\n"))

    ## audio-server token

    `audio-server token add NAME`, `token list` and `token remove NAME` manage the token file.

    \(list(TokenCommand.flags))

    ## audio-server check-config

    `audio-server check-config` takes the same flags as `audio-server`, checks them and the configuration file, and exits
    with 0 if all is valid, otherwise with 1.

    ## audio-server certificate

    `audio-server certificate --host NAMES` makes a local authority and a certificate.

    \(list(CertificateCommand.flags))

    ## audio-server broker

    `audio-server broker user NAME --role gateway|worker|admin` prints a user for a broker's configuration, and
    `audio-server broker init --replicas 1|3 --broker URLS` makes the directory of sessions
    ([scaling](scaling.md#the-brokers)).

    \(list(BrokerCommand.flags))

    ## audio-client mic

    `audio-client` without a command takes the same flags, and `--loop` for the bundled recording.

    \(list(ClientFlags.mic))

    ## audio-client file

    \(list(ClientFlags.file))

    ## audio-client simulate

    \(list(ClientFlags.simulate))

    ## audio-client devices

    \(list(ClientFlags.devices))

    ## audio-worker

    The server starts its workers with these flags. With `--broker` it is started for itself, on any machine
    ([scaling](scaling.md)). `audio-worker --engines speech --check` reports why an engine is unavailable.

    \(list(WorkerProgram.flags))

    """
  }

  private static func list(_ flags: [Flag]) -> String {
    flags.map { flag in
      var notes = flag.variables.map(code)
      if let fallback = flag.fallback { notes.append("default \(code(fallback))") }
      if flag.isReloaded { notes.append("reloaded on SIGHUP") }
      if let former = flag.former { notes.append("formerly `--\(former.flag)` and `\(former.variable)`") }
      let head = code(flag.usage) + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
      return "* " + HelpText.wrap("\(head): \(flag.summary)", columns: 118).joined(separator: "\n  ")
    }.joined(separator: "\n")
  }

  private static func code(_ text: String) -> String { "`\(text)`" }
}
