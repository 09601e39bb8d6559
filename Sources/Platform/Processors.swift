internal import CLinux

/// The number of processors that this process may run on, at least 1.
public func processorCount() -> Int { max(1, Int(linux_processors())) }
