import CommandLine
import Glibc

/// `audio-server token …`: the file of tokens from the command line.
enum TokenCommand {
  static let flags = [EntranceSettings.tokensFlag] + Flag.common

  static let help = """
    audio-server token: who may use a server that is started with --auth-tokens.

    Usage: audio-server token add NAME [flags]      prints a new token, once: only its hash is kept
           audio-server token list [flags]          prints the names
           audio-server token remove NAME [flags]   ends one, and its connections

    \(Flag.table(flags))

    A running server reads the file again on SIGHUP.
    """

  private enum Verb: String, CaseIterable {
    case add, list, remove
  }

  /// Does what `operands`, without the word `token`, ask for.
  /// - Returns: what goes to standard output, without the last line's end, and what to standard error.
  static func run(_ settings: Settings) throws(UsageError) -> Result<(output: String, note: String?), AuthTokenError> {
    let operands = settings.operands
    guard let word = operands.first, let verb = Verb(rawValue: word) else {
      throw UsageError("token: one of \(Verb.allCases.map(\.rawValue).joined(separator: ", ")) comes next, see --help")
    }
    guard operands.count == (verb == .list ? 1 : 2) else {
      throw UsageError(
        verb == .list ? "token list: nothing comes behind it" : "token \(verb): one name comes behind it")
    }
    guard let path = settings.string("auth-tokens") else {
      throw UsageError("token: --auth-tokens FILE, or AUDIO_AUTH_TOKENS, says which file")
    }
    let file = AuthTokenFile(path: path)
    do throws(AuthTokenError) {
      switch verb {
      case .add:
        guard AuthTokens.isName(operands[1]) else {
          throw AuthTokenError.file(reason: "a name has 1 to 64 letters, digits and . _ - @")
        }
        let token = try file.add(operands[1])
        return .success((token, "this is shown once; a running server knows it after SIGHUP"))
      case .list: return .success((try file.tokens().entries.map(\.name).joined(separator: "\n"), nil))
      case .remove:
        try file.remove(operands[1])
        return .success(("", "removed; a running server knows it after SIGHUP"))
      }
    } catch {
      return .failure(error)
    }
  }
}
