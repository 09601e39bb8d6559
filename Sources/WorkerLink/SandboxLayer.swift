/// One of the things that restrict a worker.
public struct SandboxLayer: Equatable, Sendable {
  /// The kernel's name of it: seccomp, landlock, namespaces, user.
  public var name: String
  /// Why it does not hold here; nil if it does.
  public var problem: String?

  public init(_ name: String, problem: String? = nil) {
    self.name = name
    self.problem = problem
  }
}
