/// What can be asked for; the raw value is the word on the command line.
enum Command: String, CaseIterable {
  case devices
  case mic
  case file
  case simulate
}
