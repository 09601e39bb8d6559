#pragma once
// What is used of sherpa-onnx 2.0.1's C interface (Apache-2.0, k2-fsa/sherpa-onnx), which is loaded at run time: so the service
// builds, and runs without the engine `speech`, where the library can't be had. No header of it is included for the same
// reason; SpeechLayoutTests hold every field here against the library's own header where that lies in .deps/speech.
#include <dlfcn.h>
#include <stdint.h>

struct sherpa_feature_config {
  int32_t sample_rate, feature_dim;
};

struct sherpa_transducer_config {
  const char *encoder, *decoder, *joiner;
};

struct sherpa_homophone_config {
  const char *dict_dir, *lexicon, *rule_fsts;
};

struct sherpa_fst_config {
  const char *graph;
  int32_t max_active;
};

// Whole utterances.

struct sherpa_whisper_config {
  const char *encoder, *decoder, *language, *task;
  int32_t tail_paddings, enable_token_timestamps, enable_segment_timestamps;
};

struct sherpa_sense_voice_config {
  const char *model, *language;
  int32_t use_itn;
};

struct sherpa_moonshine_config {
  const char *preprocessor, *encoder, *uncached_decoder, *cached_decoder, *merged_decoder;
};

struct sherpa_offline_model_config {
  struct sherpa_transducer_config transducer;
  const char *paraformer, *nemo_ctc;
  struct sherpa_whisper_config whisper;
  const char *tdnn;
  const char *tokens;
  int32_t num_threads, debug;
  const char *provider, *model_type, *modeling_unit, *bpe_vocab, *telespeech_ctc;
  struct sherpa_sense_voice_config sense_voice;
  struct sherpa_moonshine_config moonshine;
  // Types of models that are not used, left zero.
  uint64_t other_types[36];
};

struct sherpa_offline_config {
  struct sherpa_feature_config feat_config;
  struct sherpa_offline_model_config model_config;
  const char *lm_model;
  float lm_scale;
  const char *decoding_method;
  int32_t max_active_paths;
  const char *hotwords_file;
  float hotwords_score;
  const char *rule_fsts, *rule_fars;
  float blank_penalty;
  struct sherpa_homophone_config hr;
  struct sherpa_fst_config ctc_fst_decoder_config;
};

struct sherpa_offline_result {
  const char *text;
  float *timestamps;
  int32_t count;
  const char *tokens;
  const char *const *tokens_arr;
  const char *json, *lang;
  // More follows; the library makes these.
};

// Streaming.

struct sherpa_online_model_config {
  struct sherpa_transducer_config transducer;
  const char *paraformer_encoder, *paraformer_decoder, *zipformer2_ctc;
  const char *tokens;
  int32_t num_threads;
  const char *provider;
  int32_t debug;
  const char *model_type, *modeling_unit, *bpe_vocab, *tokens_buf;
  int32_t tokens_buf_size;
  const char *nemo_ctc, *t_one_ctc;
};

struct sherpa_online_config {
  struct sherpa_feature_config feat_config;
  struct sherpa_online_model_config model_config;
  const char *decoding_method;
  int32_t max_active_paths, enable_endpoint;
  float rule1_min_trailing_silence, rule2_min_trailing_silence, rule3_min_utterance_length;
  const char *hotwords_file;
  float hotwords_score;
  struct sherpa_fst_config ctc_fst_decoder_config;
  const char *rule_fsts, *rule_fars;
  float blank_penalty;
  const char *hotwords_buf;
  int32_t hotwords_buf_size;
  struct sherpa_homophone_config hr;
};

struct sherpa_online_result {
  const char *text;
  // More follows; the library makes these.
};

// Where speech begins and ends.

struct sherpa_vad_type_config {
  const char *model;
  float threshold, min_silence_duration, min_speech_duration;
  int32_t window_size;
  float max_speech_duration;
};

struct sherpa_vad_config {
  struct sherpa_vad_type_config silero_vad;
  int32_t sample_rate, num_threads;
  const char *provider;
  int32_t debug;
  struct sherpa_vad_type_config ten_vad;
};

// Its start is 32 bits in the library's detector: 37 hours.
struct sherpa_speech_segment {
  int64_t start;
  float *samples;
  int32_t n;
};

struct sherpa_offline_recognizer;
struct sherpa_offline_stream;
struct sherpa_online_recognizer;
struct sherpa_online_stream;
struct sherpa_vad;

struct sherpa_functions {
  const char *(*version)(void);

  const struct sherpa_offline_recognizer *(*create_offline)(const struct sherpa_offline_config *);
  void (*set_offline_config)(const struct sherpa_offline_recognizer *, const struct sherpa_offline_config *);
  void (*destroy_offline)(const struct sherpa_offline_recognizer *);
  const struct sherpa_offline_stream *(*create_offline_stream)(const struct sherpa_offline_recognizer *);
  void (*destroy_offline_stream)(const struct sherpa_offline_stream *);
  void (*accept_offline)(const struct sherpa_offline_stream *, int32_t rate, const float *samples, int32_t count);
  void (*decode_offline)(const struct sherpa_offline_recognizer *, const struct sherpa_offline_stream *);
  const struct sherpa_offline_result *(*offline_result)(const struct sherpa_offline_stream *);
  void (*destroy_offline_result)(const struct sherpa_offline_result *);

  const struct sherpa_online_recognizer *(*create_online)(const struct sherpa_online_config *);
  void (*destroy_online)(const struct sherpa_online_recognizer *);
  const struct sherpa_online_stream *(*create_online_stream)(const struct sherpa_online_recognizer *);
  void (*destroy_online_stream)(const struct sherpa_online_stream *);
  void (*accept_online)(const struct sherpa_online_stream *, int32_t rate, const float *samples, int32_t count);
  void (*finish_online)(const struct sherpa_online_stream *);
  int32_t (*online_ready)(const struct sherpa_online_recognizer *, const struct sherpa_online_stream *);
  void (*decode_online)(const struct sherpa_online_recognizer *, const struct sherpa_online_stream *);
  const struct sherpa_online_result *(*online_result)(
      const struct sherpa_online_recognizer *, const struct sherpa_online_stream *);
  void (*destroy_online_result)(const struct sherpa_online_result *);

  const struct sherpa_vad *(*create_vad)(const struct sherpa_vad_config *, float buffer_seconds);
  void (*destroy_vad)(const struct sherpa_vad *);
  void (*vad_accept)(const struct sherpa_vad *, const float *samples, int32_t count);
  int32_t (*vad_empty)(const struct sherpa_vad *);
  int32_t (*vad_detected)(const struct sherpa_vad *);
  void (*vad_pop)(const struct sherpa_vad *);
  const struct sherpa_speech_segment *(*vad_front)(const struct sherpa_vad *);
  void (*destroy_segment)(const struct sherpa_speech_segment *);
  void (*vad_reset)(const struct sherpa_vad *);
};

// Finds the functions in a library that dlopen opened; answers the name of one that is missing, or NULL. In C, as Swift can't
// take the address of a field of function type as the `void *` that dlsym gives.
static inline const char *sherpa_find(void *library, struct sherpa_functions *functions) {
#define SHERPA_FIND(field, name)                                   \
  if (!(*(void **)&functions->field = dlsym(library, "SherpaOnnx" name))) return "SherpaOnnx" name;
  SHERPA_FIND(version, "GetVersionStr")
  SHERPA_FIND(create_offline, "CreateOfflineRecognizer")
  SHERPA_FIND(set_offline_config, "OfflineRecognizerSetConfig")
  SHERPA_FIND(destroy_offline, "DestroyOfflineRecognizer")
  SHERPA_FIND(create_offline_stream, "CreateOfflineStream")
  SHERPA_FIND(destroy_offline_stream, "DestroyOfflineStream")
  SHERPA_FIND(accept_offline, "AcceptWaveformOffline")
  SHERPA_FIND(decode_offline, "DecodeOfflineStream")
  SHERPA_FIND(offline_result, "GetOfflineStreamResult")
  SHERPA_FIND(destroy_offline_result, "DestroyOfflineRecognizerResult")
  SHERPA_FIND(create_online, "CreateOnlineRecognizer")
  SHERPA_FIND(destroy_online, "DestroyOnlineRecognizer")
  SHERPA_FIND(create_online_stream, "CreateOnlineStream")
  SHERPA_FIND(destroy_online_stream, "DestroyOnlineStream")
  SHERPA_FIND(accept_online, "OnlineStreamAcceptWaveform")
  SHERPA_FIND(finish_online, "OnlineStreamInputFinished")
  SHERPA_FIND(online_ready, "IsOnlineStreamReady")
  SHERPA_FIND(decode_online, "DecodeOnlineStream")
  SHERPA_FIND(online_result, "GetOnlineStreamResult")
  SHERPA_FIND(destroy_online_result, "DestroyOnlineRecognizerResult")
  SHERPA_FIND(create_vad, "CreateVoiceActivityDetector")
  SHERPA_FIND(destroy_vad, "DestroyVoiceActivityDetector")
  SHERPA_FIND(vad_accept, "VoiceActivityDetectorAcceptWaveform")
  SHERPA_FIND(vad_empty, "VoiceActivityDetectorEmpty")
  SHERPA_FIND(vad_detected, "VoiceActivityDetectorDetected")
  SHERPA_FIND(vad_pop, "VoiceActivityDetectorPop")
  SHERPA_FIND(vad_front, "VoiceActivityDetectorFront")
  SHERPA_FIND(destroy_segment, "DestroySpeechSegment")
  SHERPA_FIND(vad_reset, "VoiceActivityDetectorReset")
#undef SHERPA_FIND
  return 0;
}
