import Support
import Testing

/// CSherpaOnnx declares the library's structures anew; the library's own header, where it is, must agree.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason))
struct SpeechLayoutTests {
  /// Ours, the library's, and fields: `ours` or `ours=theirs`.
  private static let structures: [(String, String, String)] = [
    ("feature_config", "FeatureConfig", "sample_rate feature_dim"),
    ("transducer_config", "OfflineTransducerModelConfig", "encoder decoder joiner"),
    ("transducer_config", "OnlineTransducerModelConfig", "encoder decoder joiner"),
    ("homophone_config", "HomophoneReplacerConfig", "dict_dir lexicon rule_fsts"),
    ("fst_config", "OfflineCtcFstDecoderConfig", "graph max_active"),
    ("fst_config", "OnlineCtcFstDecoderConfig", "graph max_active"),
    (
      "whisper_config", "OfflineWhisperModelConfig",
      "encoder decoder language task tail_paddings enable_token_timestamps enable_segment_timestamps"
    ),
    ("sense_voice_config", "OfflineSenseVoiceModelConfig", "model language use_itn"),
    (
      "moonshine_config", "OfflineMoonshineModelConfig",
      "preprocessor encoder uncached_decoder cached_decoder merged_decoder"
    ),
    (
      "offline_model_config", "OfflineModelConfig",
      "transducer paraformer nemo_ctc whisper tdnn tokens num_threads debug provider model_type modeling_unit bpe_vocab "
        + "telespeech_ctc sense_voice moonshine other_types=fire_red_asr"
    ),
    (
      "offline_config", "OfflineRecognizerConfig",
      "feat_config model_config lm_model=lm_config.model lm_scale=lm_config.scale decoding_method max_active_paths "
        + "hotwords_file hotwords_score rule_fsts rule_fars blank_penalty hr ctc_fst_decoder_config"
    ),
    (
      "online_model_config", "OnlineModelConfig",
      "transducer paraformer_encoder=paraformer.encoder paraformer_decoder=paraformer.decoder "
        + "zipformer2_ctc=zipformer2_ctc.model tokens num_threads provider debug model_type modeling_unit bpe_vocab "
        + "tokens_buf tokens_buf_size nemo_ctc=nemo_ctc.model t_one_ctc=t_one_ctc.model"
    ),
    (
      "online_config", "OnlineRecognizerConfig",
      "feat_config model_config decoding_method max_active_paths enable_endpoint rule1_min_trailing_silence "
        + "rule2_min_trailing_silence rule3_min_utterance_length hotwords_file hotwords_score ctc_fst_decoder_config "
        + "rule_fsts rule_fars blank_penalty hotwords_buf hotwords_buf_size hr"
    ),
    (
      "vad_type_config", "SileroVadModelConfig",
      "model threshold min_silence_duration min_speech_duration window_size max_speech_duration"
    ),
    (
      "vad_type_config", "TenVadModelConfig",
      "model threshold min_silence_duration min_speech_duration window_size max_speech_duration"
    ),
    ("vad_config", "VadModelConfig", "silero_vad sample_rate num_threads provider debug ten_vad"),
    ("speech_segment", "SpeechSegment", "start samples n"),
  ]
  /// Made by the library: what follows the fields does not matter.
  private static let results: [(String, String, String)] = [
    ("offline_result", "OfflineRecognizerResult", "text timestamps count tokens tokens_arr json lang"),
    ("online_result", "OnlineRecognizerResult", "text"),
  ]

  @Test func `the library's header lays its structures out as ours`() throws {
    var program = """
      #include <stddef.h>
      #include "\(SpeechSetup.folder)/include/c-api.h"
      #include "\(TextFile.repository)/Sources/CSherpaOnnx/shim.h"

      """
    for (ours, theirs, fields) in Self.structures + Self.results {
      for field in fields.split(separator: " ") {
        let names = field.split(separator: "=")
        program += """
          _Static_assert(offsetof(struct sherpa_\(ours), \(names[0])) == offsetof(SherpaOnnx\(theirs), \(names.last ?? "")), \
          "\(theirs).\(names.last ?? "")");

          """
      }
    }
    for (ours, theirs, _) in Self.structures {
      program += "_Static_assert(sizeof(struct sherpa_\(ours)) == sizeof(SherpaOnnx\(theirs)), \"\(theirs)\");\n"
    }
    let folder = try TemporaryFolder()
    let source = try folder.file("layout.c", program.utf8)
    try ShellCommand.run("cc -fsyntax-only -Wall -Werror '\(source)'")
  }
}
