/// The commands. The raw value is the word on the command line.
enum Command: String, CaseIterable {
  case devices
  case mic
  case file
  case simulate
}
