import Audio
import Testing

@testable import Server

struct LiveFileCourseTests {
  private typealias Held = LiveFileCourse.Held

  private func quiet(_ course: inout LiveFileCourse) -> [LiveFileCourse.Action] {
    for _ in 1..<LiveFileCourse.quietLooks { #expect(course.looked(isIdle: true) == []) }
    return course.looked(isIdle: true)
  }

  @Test func `a flush waits until the decoder has read everything and says nothing for a while`() {
    var course = LiveFileCourse()
    course.hold(.flush, of: 7)
    #expect(course.isWaiting)
    for _ in 0..<10 { #expect(course.looked(isIdle: false) == []) }
    for _ in 1..<LiveFileCourse.quietLooks { #expect(course.looked(isIdle: true) == []) }
    course.wrote(hasAudio: true)
    #expect(quiet(&course) == [.carryOut(Held(request: .flush, session: 7))])
    #expect(!course.isWaiting && course.held.isEmpty)
    #expect(course.looked(isIdle: true) == [])
  }

  @Test(arguments: [LiveFileCourse.Request.stop, .inputEnded(code: 1000), .inputEnded(code: nil)])
  func `an end closes the pipe, and is carried out when the decoder has ended`(_ end: LiveFileCourse.Request) {
    var course = LiveFileCourse()
    course.wrote(hasAudio: true)
    course.hold(.flush, of: 1)
    course.hold(.texts, of: 2)
    course.hold(end, of: 1)
    course.hold(end, of: 2)
    #expect(
      quiet(&course) == [
        .carryOut(Held(request: .flush, session: 1)), .carryOut(Held(request: .texts, session: 2)), .endInput,
      ])
    #expect(!course.isWaiting && course.held.count == 2)
    course.wrote(hasAudio: true)
    // It was cut in the middle of a block.
    #expect(course.complained("File ended prematurely") == [])
    #expect(
      course.ended(DecodeEnd(complaint: "File ended prematurely")) == [
        .carryOut(Held(request: end, session: 1)), .carryOut(Held(request: end, session: 2)),
      ])
    #expect(course.held.isEmpty)
  }

  @Test func `a complaint in the middle ends the file after everything that is decoded`() {
    var course = LiveFileCourse()
    #expect(course.complained("before any audio") == [])
    course.wrote(hasAudio: true)
    course.hold(.stop, of: 1)
    #expect(course.complained("CRC mismatch!") == [.endInput])
    #expect(course.complained("and more") == [])
    course.wrote(hasAudio: true)
    #expect(course.ended(DecodeEnd(complaint: "CRC mismatch!")) == [.fail("CRC mismatch!")])
  }

  @Test func `a file that says how long it is ends by itself, and what waits is carried out`() {
    var course = LiveFileCourse()
    course.wrote(hasAudio: true)
    course.hold(.stop, of: 1)
    #expect(course.ended(DecodeEnd()) == [.carryOut(Held(request: .stop, session: 1))])
    #expect(!course.isWaiting)
  }

  @Test func `a file without audio is a success, unless the decoder complains`() {
    for (complaint, action) in [(nil, .carryOut(Held(request: .stop, session: 1))), ("bad", .fail("bad"))]
      as [(String?, LiveFileCourse.Action)]
    {
      var course = LiveFileCourse()
      course.wrote(hasAudio: false)
      course.hold(.stop, of: 1)
      #expect(quiet(&course) == [.endInput])
      #expect(course.ended(DecodeEnd(complaint: complaint)) == [action])
    }
  }

  @Test(arguments: [DecodeEnd(complaint: "moov atom not found", isClean: false), DecodeEnd(isClean: false)])
  func `a decoder that ends before the file does has failed`(_ end: DecodeEnd) {
    var course = LiveFileCourse()
    course.wrote(hasAudio: true)
    #expect(course.ended(end) == [.fail(end.complaint ?? "the decoder ended on it")])
  }

  @Test func `so has one that was killed while it ended`() {
    var course = LiveFileCourse()
    course.wrote(hasAudio: true)
    course.hold(.stop, of: 1)
    #expect(quiet(&course) == [.endInput])
    #expect(course.ended(DecodeEnd(isClean: false)) == [.fail("the decoder ended on it")])
  }

  @Test func `sentences say what is wrong and what would be right, and fit into a close`() {
    for kind in FileKind.allCases {
      let needs = LiveFileProblem.needsFFmpeg(kind)
      #expect(needs.sentence.contains("\(kind.name) needs ffmpeg") && needs.sentence.contains("apt-get install ffmpeg"))
      #expect(!needs.isOurs)
      #expect("DATA-0000 \(needs.sentence)".utf8.count <= 123)
    }
    #expect(LiveFileProblem.tooMany.isOurs && LiveFileProblem.noProcess("fork").isOurs)
    #expect(
      LiveFileProblem.notDecoded(.mp4, "moov atom not found", hasAudio: false).sentence
        == "audio: expected MP4/M4A that can be decoded as it comes: moov atom not found")
    #expect(
      LiveFileProblem.notDecoded(.ogg, "CRC mismatch!", hasAudio: true).sentence
        == "audio: Ogg that can't be decoded further: CRC mismatch!")
    #expect(LiveFileProblem.noFile.sentence == "audio: expected a file, got something else")
  }
}
