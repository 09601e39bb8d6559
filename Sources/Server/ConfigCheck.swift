import CommandLine
import Glibc
import IO
import Platform

/// `audio-server check-config`: everything about the settings that can be checked without starting.
enum ConfigCheck {
  static func help(width: Int) -> String {
    """
    audio-server check-config: checks the configuration file and all other settings without starting: values, files, \
    certificate and key, and that the models load.

    Usage: audio-server check-config [--config FILE] [FLAGS]

    Flags are those of audio-server. Exit status: 0 all is valid; 1 something is not, as standard error says.
    """
  }

  /// What is wrong with settings whose values are valid.
  static func problems(of settings: ServerSettings) -> [String] {
    var problems: [String] = []
    do throws(IOError) { try checkAddress(settings) } catch { problems.append("host: \(error)") }
    if let path = settings.entrance.authTokens {
      do throws(AuthTokenError) { _ = try AuthTokenFile(path: path).tokens() } catch {
        problems.append("auth-tokens: \(path): \(error)")
      }
    }
    if let files = settings.entrance.certificate {
      do throws(IOError) {
        let expiry = try TLSContext(serving: files).certificateExpiry
        if let expiry, expiry <= time(nil) { problems.append("tls-cert: \(files.certificate) has expired: renew it") }
      } catch {
        problems.append("tls-cert, tls-key: \(error)")
      }
    }
    if let journal = settings.journal, let problem = problem(ofFolder: journal.folder) {
      problems.append("journal: \(problem)")
    }
    return problems + workerProblems(settings.workers)
  }

  private static func checkAddress(_ settings: ServerSettings) throws(IOError) {
    _ = try SocketAddress.resolve(host: settings.host, port: settings.port)
  }

  /// The server makes the folder, but not those above it.
  private static func problem(ofFolder path: String) -> String? {
    if access(path.systemName, F_OK) == 0 {
      return access(path.systemName, W_OK | X_OK) == 0 ? nil : "\(path): \(String(cString: strerror(errno)))"
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let parent = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : "."
    return access(parent.systemName, W_OK | X_OK) == 0 ? nil : "\(parent): \(String(cString: strerror(errno)))"
  }

  /// Has the models loaded by the program that will.
  private static func workerProblems(_ workers: WorkerSettings) -> [String] {
    guard workers.broker == nil else { return [] }
    guard ExecutablePath.isExecutable(workers.path) else {
      return ["worker-path: expected the path of an executable, got \"\(workers.path)\""]
    }
    guard workers.engines.contains("speech") else { return [] }
    let check = workers.loadedModels()
    let models = check.modelProblems.sorted { $0.key < $1.key }.map { "models: \($0.key): \($0.value)" }
    return check.problem.map { ["engine speech: \($0)"] + models } ?? models
  }
}
