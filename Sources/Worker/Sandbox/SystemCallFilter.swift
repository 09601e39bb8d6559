internal import CSeccomp
internal import Platform

/// Has the kernel refuse every system call but the allowed ones, for good, to all threads of this process.
///
/// A refused call fails with EPERM and does not end the process: libraries try more than they need.
enum SystemCallFilter {
  static func install(_ rules: [SystemCallRule]) throws(SystemError) {
    guard let filter = seccomp_init(cseccomp_fail(UInt16(EPERM))) else {
      throw SystemError(call: "seccomp_init", code: ENOMEM)
    }
    defer { seccomp_release(filter) }
    // Calls of another architecture, whose numbers mean other things, end the process.
    try check("seccomp_attr_set", seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, cseccomp_kill()))
    try check("seccomp_attr_set", seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1))
    // A tree instead of a list: the calls for a chunk are far down in a list.
    try check("seccomp_attr_set", seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2))
    for rule in rules { try add(rule, cseccomp_allow(), to: filter) }
    for name in SystemCallRule.replaceable { try add(SystemCallRule(name), cseccomp_fail(UInt16(ENOSYS)), to: filter) }
    try check("seccomp_load", seccomp_load(filter))
  }

  private static func add(_ rule: SystemCallRule, _ action: UInt32, to filter: scmp_filter_ctx) throws(SystemError) {
    let number = seccomp_syscall_resolve_name(rule.name)
    // Not on this architecture, or newer than the library: then it stays refused.
    guard number >= 0 else { return }
    let conditions = rule.conditions.map { cseccomp_masked($0.argument, $0.mask, $0.value) }
    try check(
      "seccomp_rule_add \(rule.name)",
      seccomp_rule_add_array(filter, action, number, UInt32(conditions.count), conditions))
  }

  /// libseccomp returns the error's number, negative.
  private static func check(_ call: String, _ result: Int32) throws(SystemError) {
    guard result == 0 else { throw SystemError(call: call, code: -result) }
  }
}
