import CommandLine
import Glibc

/// `audio-server token …`: manages the token file from the command line.
enum TokenCommand {
  static let flags =
    [
      EntranceSettings.tokensFlag, ServerSettings.config,
      Flag(
        "role", "ROLE", fallback: TokenRole.stream.rawValue, choices: TokenRole.allCases.map(\.rawValue),
        "With add: stream opens streams and sees the figures, metrics sees the figures only, operator also sees who has which stream."
      ),
    ] + Flag.common

  static func help(width: Int) -> String {
    """
    audio-server token: manages the access tokens of a server started with --auth-tokens.

    Usage: audio-server token VERB [NAME] [FLAGS]

    \(HelpText.table([
      ("add NAME", "Print a new token, once: only its hash is kept."), ("list", "Print the names, and roles other than stream."),
      ("remove NAME", "Remove a token and close its connections."),
    ], width: width))

    \(Flag.table(flags, width: width))

    A running server reloads the file on SIGHUP.
    """
  }

  static let verbs = Verb.allCases.map(\.rawValue)

  private enum Verb: String, CaseIterable {
    case add, list, remove
  }

  /// Carries out the command in the operands, which do not contain the word `token`.
  /// - Returns: the text for standard output, without a last newline, and the note for standard error.
  static func run(_ settings: Settings) throws(UsageError) -> Result<(output: String, note: String?), AuthTokenError> {
    let operands = settings.operands
    guard let word = operands.first, let verb = Verb(rawValue: word) else {
      throw UsageError("token: ", unknown: operands.first, among: verbs)
    }
    guard operands.count == (verb == .list ? 1 : 2) else {
      throw UsageError(
        verb == .list ? "token list: expected no name" : "token \(verb): expected one name")
    }
    guard let path = settings.string("auth-tokens") else {
      throw UsageError("token: expected --auth-tokens FILE or AUDIO_AUTH_TOKENS, or --config FILE that has auth-tokens")
    }
    guard let role = try settings.choice("role", of: TokenRole.self) else {
      preconditionFailure("This flag has a default.")
    }
    let file = AuthTokenFile(path: path)
    do throws(AuthTokenError) {
      switch verb {
      case .add:
        guard AuthTokens.isName(operands[1]) else {
          throw AuthTokenError.file(
            reason: "expected a name of 1 to 64 letters, digits and . _ - @, got \"\(operands[1])\"")
        }
        let token = try file.add(operands[1], role: role)
        return .success((token, "this token is shown only once; send SIGHUP to a running server to load it"))
      case .list:
        let lines = try file.tokens().entries.map { $0.role == .stream ? $0.name : "\($0.name) \($0.role.rawValue)" }
        return .success((lines.joined(separator: "\n"), nil))
      case .remove:
        try file.remove(operands[1])
        return .success(("", "removed; send SIGHUP to a running server to apply this"))
      }
    } catch {
      return .failure(error)
    }
  }
}
