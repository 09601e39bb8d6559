// A capture device for libasound that lives in userspace: it has a clock of its own, one native format, and faults on demand.
//
//   pcm_type.simulated { lib "/absolute/libasound_module_pcm_simulated.so" }
//   pcm.desk {
//     type simulated
//     rate 48000  channels 2  format S16_LE    the only ones it has
//     infile "/absolute/sound.raw"             what it hears: raw frames of that format, from the first start on
//     loop true                                and again from the beginning; false: then silence
//     tone 440  amplitude 0.5                  or a sine wave, full scale 1.0 (S16_LE, S32_LE and FLOAT_LE)
//     gains "1 0 0.5"                          of each channel's tone; channels without one: 1
//     startup_ms 3000                          before the first frame
//     speed 0.99                               of its clock, against this machine's
//     open_errno 16                            opening fails: 16 EBUSY, 13 EACCES, 2 ENOENT ...
//     fault estrpipe  fault_after 48000        after so many frames since the first start of this opening:
//                                                epipe     an overrun
//                                                estrpipe  a suspend
//                                                enodev    the device is unplugged
//                                                eio       reading fails
//                                                stall     no more frames, and no error
//     fault_every true                         and again each time so many frames have passed (epipe, estrpipe)
//     fault_ms 300                             enodev and stall end after that long; 0: never
//     unplugged "/absolute/file"               while this file exists the device is unplugged; enodev makes it. It is then in
//                                              force for fault_ms from its last change, and enodev does not strike twice.
//     started "/absolute/file"                 gets the moment of frame 0, in nanoseconds of CLOCK_MONOTONIC, once there is one
//   }
//
// As hardware does, it interrupts at the end of each period, and the reader is woken by an interrupt that finds at least
// avail_min frames.
//
// What it hears goes on whether or not it is recorded: frame N of the file is frame N of the device's clock, so that what is
// missing from a recording can be counted.
//
// cc -shared -fPIC -O2 -o libasound_module_pcm_simulated.so simulated_microphone.c -lasound -lm

#define PIC 1
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

enum fault { NO_FAULT, OVERRUN, SUSPEND, UNPLUG, READ_ERROR, STALL };
static const char *const fault_names[] = {"none", "epipe", "estrpipe", "enodev", "eio", "stall"};

struct microphone {
  snd_pcm_ioplug_t io;

  // From the configuration.
  long rate, channels;
  snd_pcm_format_t format;
  char *infile, *unplugged, *started_file;
  bool loop, fault_every;
  double tone, amplitude, speed;
  char *gains;
  long startup_ms;
  enum fault fault;
  long fault_after, fault_ms, open_errno;

  // What it hears.
  int file;             // -1: none
  long long file_frames;
  size_t frame_bytes;

  // Its clock: frames since the first start, which goes on through overruns and suspends.
  bool started;
  long long origin;     // nanoseconds, of CLOCK_MONOTONIC
  long long run_first;  // the frame at which the current run (since the last start) began
  int timer;            // its interrupts: one at the end of each period
  snd_pcm_uframes_t avail_min;  // the least the reader wants to be woken for

  // Its fault.
  long long next_fault; // in frames; -1: none any more
  long long stall_begin, stall_end;  // in nanoseconds since origin; an end of -1 is never
  bool failing;         // every transfer is a read error from now on
};

// ---- Time

static long long nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * SECOND + now.tv_nsec;
}

static long long frames_in(const struct microphone *mic, long long time) {
  if (time < 0) return 0;
  if (mic->speed != 1) return (long long)((double)time / SECOND * mic->speed * mic->rate);
  return time / SECOND * mic->rate + time % SECOND * mic->rate / SECOND;
}

// Frames since the first start. A stall is time that does not pass for the device.
static long long clock_frames(const struct microphone *mic) {
  long long passed = nanoseconds(CLOCK_MONOTONIC) - mic->origin;
  if (mic->stall_begin >= 0 && passed > mic->stall_begin) {
    bool over = mic->stall_end >= 0 && passed > mic->stall_end;
    passed = over ? passed - (mic->stall_end - mic->stall_begin) : mic->stall_begin;
  }
  return frames_in(mic, passed);
}

static int set_timer(struct microphone *mic, long long first, long long interval) {
  struct itimerspec times = {
      .it_value = {first / SECOND, first % SECOND},
      .it_interval = {interval / SECOND, interval % SECOND},
  };
  return timerfd_settime(mic->timer, 0, &times, NULL) < 0 ? -errno : 0;
}

static long long period(const struct microphone *mic) {
  return (long long)(SECOND * (double)mic->io.period_size / mic->rate / mic->speed);
}

// ---- Faults

static bool is_unplugged(const struct microphone *mic) {
  struct stat status;
  if (!mic->unplugged || stat(mic->unplugged, &status) < 0) return false;
  long long age = nanoseconds(CLOCK_REALTIME) - (status.st_mtim.tv_sec * SECOND + status.st_mtim.tv_nsec);
  return mic->fault_ms == 0 || age < mic->fault_ms * 1000000LL;
}

static void unplug(struct microphone *mic) {
  if (!mic->unplugged) return;
  int made = open(mic->unplugged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made >= 0) close(made);
}

static void stall(struct microphone *mic) {
  mic->stall_begin = mic->next_fault * SECOND / mic->rate;
  mic->stall_end = mic->fault_ms ? mic->stall_begin + mic->fault_ms * 1000000LL : -1;
  // snd_pcm_wait starts its time-out anew at each wake-up, so there must be none until the stall is over.
  if (mic->fault_ms) set_timer(mic, mic->fault_ms * 1000000LL, period(mic));
  else set_timer(mic, 0, 0);
}

// Puts the device into the state that its fault leaves it in. libasound's ioplug turns every error of `pointer` into an
// overrun; the others are told by the state alone.
static void strike(struct microphone *mic) {
  enum fault fault = mic->fault;
  if (fault == STALL) stall(mic);
  bool again = mic->fault_every && (fault == OVERRUN || fault == SUSPEND);
  mic->next_fault = again ? mic->next_fault + mic->fault_after : -1;
  switch (fault) {
  case OVERRUN: snd_pcm_ioplug_set_state(&mic->io, SND_PCM_STATE_XRUN); break;
  case SUSPEND: snd_pcm_ioplug_set_state(&mic->io, SND_PCM_STATE_SUSPENDED); break;
  case READ_ERROR: mic->failing = true; break;
  case UNPLUG:
    unplug(mic);
    snd_pcm_ioplug_set_state(&mic->io, SND_PCM_STATE_DISCONNECTED);
    break;
  case STALL: case NO_FAULT: break;
  }
}

// ---- What it hears

static void put_sample(const struct microphone *mic, void *place, double value) {
  switch (mic->format) {
  case SND_PCM_FORMAT_S16_LE: *(int16_t *)place = (int16_t)lrint(value * 32767); break;
  case SND_PCM_FORMAT_S32_LE: *(int32_t *)place = (int32_t)lrint(value * 2147483647); break;
  case SND_PCM_FORMAT_FLOAT_LE: *(float *)place = (float)value; break;
  default: break;
  }
}

static double gain(const struct microphone *mic, long channel) {
  const char *text = mic->gains ? mic->gains : "";
  double value = 1;
  char *end;
  for (; channel >= 0; channel--, text = end) {
    double read = strtod(text, &end);
    if (end == text) return 1;
    value = read;
  }
  return value;
}

static void hear_tone(const struct microphone *mic, char *target, long long first, size_t frames) {
  size_t sample_bytes = mic->frame_bytes / mic->channels;
  double gains[64];
  for (long channel = 0; channel < mic->channels && channel < 64; channel++) gains[channel] = gain(mic, channel);
  for (size_t frame = 0; frame < frames; frame++) {
    double turns = mic->tone * (double)(first + (long long)frame) / mic->rate;
    double value = mic->amplitude * sin(2 * M_PI * (turns - floor(turns)));
    for (long channel = 0; channel < mic->channels; channel++)
      put_sample(mic, target + frame * mic->frame_bytes + channel * sample_bytes, value * gains[channel % 64]);
  }
}

static void hear_file(const struct microphone *mic, char *target, long long first, size_t frames) {
  while (frames > 0) {
    if (!mic->loop && first >= mic->file_frames) return;
    long long place = first % mic->file_frames;
    size_t count = mic->file_frames - place < (long long)frames ? (size_t)(mic->file_frames - place) : frames;
    if (pread(mic->file, target, count * mic->frame_bytes, place * mic->frame_bytes) < 0) return;
    target += count * mic->frame_bytes;
    first += count;
    frames -= count;
  }
}

static void hear(const struct microphone *mic, char *target, long long first, size_t frames) {
  snd_pcm_format_set_silence(mic->format, target, frames * mic->channels);
  if (mic->file >= 0 && mic->file_frames > 0) hear_file(mic, target, first, frames);
  else if (mic->tone > 0) hear_tone(mic, target, first, frames);
}

// ---- The calls of libasound's ioplug

static void tell_start(const struct microphone *mic) {
  if (!mic->started_file) return;
  FILE *file = fopen(mic->started_file, "we");
  if (!file) return;
  fprintf(file, "%lld\n", mic->origin);
  fclose(file);
}

static int on_start(snd_pcm_ioplug_t *io) {
  struct microphone *mic = io->private_data;
  if (is_unplugged(mic)) return -ENODEV;
  bool first = !mic->started;
  long long startup = first ? mic->startup_ms * 1000000LL : 0;
  if (first) mic->origin = nanoseconds(CLOCK_MONOTONIC) + startup;
  mic->started = true;
  // At first it hears frame 0, however late the machine lets it look at the clock again.
  mic->run_first = first ? 0 : clock_frames(mic);
  int error = set_timer(mic, startup + period(mic), period(mic));
  if (first) tell_start(mic);
  return error;
}

static int on_stop(snd_pcm_ioplug_t *io) { return set_timer(io->private_data, 0, 0); }

static int on_prepare(snd_pcm_ioplug_t *io) { return is_unplugged(io->private_data) ? -ENODEV : 0; }

static int on_resume(snd_pcm_ioplug_t *io) {
  if (is_unplugged(io->private_data)) return -ENODEV;
  snd_pcm_ioplug_set_state(io, SND_PCM_STATE_PREPARED);
  return 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io) {
  struct microphone *mic = io->private_data;
  if (io->state != SND_PCM_STATE_RUNNING) return io->hw_ptr % io->buffer_size;
  if (is_unplugged(mic)) snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
  else if (mic->next_fault >= 0 && clock_frames(mic) >= mic->next_fault) strike(mic);
  if (io->state == SND_PCM_STATE_XRUN) return -EPIPE;
  if (io->state != SND_PCM_STATE_RUNNING) return io->hw_ptr % io->buffer_size;

  long long recorded = clock_frames(mic) - mic->run_first;
  if (recorded - (long long)io->appl_ptr > (long long)io->buffer_size) {
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_XRUN);
    return -EPIPE;
  }
  return recorded % io->buffer_size;
}

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                     snd_pcm_uframes_t offset, snd_pcm_uframes_t frames) {
  struct microphone *mic = io->private_data;
  if (mic->failing) return -EIO;
  char *target = (char *)areas->addr + (areas->first + areas->step * offset) / 8;
  hear(mic, target, mic->run_first + (long long)io->appl_ptr, frames);
  return frames;
}

static int on_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned count, unsigned short *events) {
  struct microphone *mic = io->private_data;
  uint64_t expirations;
  (void)count;
  if (descriptors[0].revents & POLLIN && read(mic->timer, &expirations, sizeof expirations) < 0) expirations = 0;
  snd_pcm_sframes_t available = snd_pcm_avail_update(io->pcm);
  if (available < 0 || snd_pcm_state(io->pcm) != SND_PCM_STATE_RUNNING) *events = POLLERR | POLLIN;
  else *events = available >= (snd_pcm_sframes_t)mic->avail_min ? POLLIN : 0;
  return 0;
}

static int on_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *parameters) {
  struct microphone *mic = io->private_data;
  return snd_pcm_sw_params_get_avail_min(parameters, &mic->avail_min);
}

static void discard(struct microphone *mic) {
  if (mic->file >= 0) close(mic->file);
  if (mic->timer >= 0) close(mic->timer);
  free(mic->infile);
  free(mic->gains);
  free(mic->unplugged);
  free(mic->started_file);
  free(mic);
}

static int on_close(snd_pcm_ioplug_t *io) { return discard(io->private_data), 0; }

static const snd_pcm_ioplug_callback_t calls = {
    .start = on_start, .stop = on_stop, .prepare = on_prepare, .resume = on_resume, .close = on_close,
    .pointer = on_pointer, .transfer = on_transfer, .poll_revents = on_revents, .sw_params = on_sw_params,
};

// ---- Opening

static int read_text(const snd_config_t *node, char **text) {
  const char *value;
  int error = snd_config_get_string(node, &value);
  if (error < 0) return error;
  // Empty is none: an argument of a device name always has some value.
  if (*value && !(*text = strdup(value))) return -ENOMEM;
  return 0;
}

static int read_bool(const snd_config_t *node, bool *flag) {
  int value = snd_config_get_bool(node);
  *flag = value == 1;
  return value;
}

static int read_fault(const snd_config_t *node, enum fault *fault) {
  const char *name;
  int error = snd_config_get_string(node, &name);
  for (unsigned i = 0; error >= 0 && i < sizeof fault_names / sizeof *fault_names; i++)
    if (!strcmp(name, fault_names[i])) return *fault = i, 0;
  return error < 0 ? error : -EINVAL;
}

static int read_format(const snd_config_t *node, snd_pcm_format_t *format) {
  const char *name;
  int error = snd_config_get_string(node, &name);
  if (error >= 0) *format = snd_pcm_format_value(name);
  return error < 0 ? error : *format == SND_PCM_FORMAT_UNKNOWN ? -EINVAL : 0;
}

static int read_field(struct microphone *mic, const char *id, const snd_config_t *node) {
  if (!strcmp(id, "type") || !strcmp(id, "hint") || !strcmp(id, "comment")) return 0;
  if (!strcmp(id, "rate")) return snd_config_get_integer(node, &mic->rate);
  if (!strcmp(id, "channels")) return snd_config_get_integer(node, &mic->channels);
  if (!strcmp(id, "format")) return read_format(node, &mic->format);
  if (!strcmp(id, "infile")) return read_text(node, &mic->infile);
  if (!strcmp(id, "loop")) return read_bool(node, &mic->loop);
  if (!strcmp(id, "tone")) return snd_config_get_ireal(node, &mic->tone);
  if (!strcmp(id, "amplitude")) return snd_config_get_ireal(node, &mic->amplitude);
  if (!strcmp(id, "gains")) return read_text(node, &mic->gains);
  if (!strcmp(id, "startup_ms")) return snd_config_get_integer(node, &mic->startup_ms);
  if (!strcmp(id, "speed")) return snd_config_get_ireal(node, &mic->speed);
  if (!strcmp(id, "open_errno")) return snd_config_get_integer(node, &mic->open_errno);
  if (!strcmp(id, "fault")) return read_fault(node, &mic->fault);
  if (!strcmp(id, "fault_after")) return snd_config_get_integer(node, &mic->fault_after);
  if (!strcmp(id, "fault_every")) return read_bool(node, &mic->fault_every);
  if (!strcmp(id, "fault_ms")) return snd_config_get_integer(node, &mic->fault_ms);
  if (!strcmp(id, "unplugged")) return read_text(node, &mic->unplugged);
  if (!strcmp(id, "started")) return read_text(node, &mic->started_file);
  return -EINVAL;
}

static int read_configuration(struct microphone *mic, snd_config_t *configuration) {
  snd_config_iterator_t place, next;
  snd_config_for_each(place, next, configuration) {
    snd_config_t *node = snd_config_iterator_entry(place);
    const char *id;
    if (snd_config_get_id(node, &id) < 0) continue;
    int error = read_field(mic, id, node);
    if (error < 0) {
      SNDERR("simulated microphone: bad field %s", id);
      return error;
    }
  }
  return 0;
}

static int open_file(struct microphone *mic) {
  struct stat status;
  if (!mic->infile) return 0;
  mic->file = open(mic->infile, O_RDONLY | O_CLOEXEC);
  if (mic->file < 0 || fstat(mic->file, &status) < 0) return -errno;
  mic->file_frames = status.st_size / mic->frame_bytes;
  return 0;
}

// The only parameters it has are those of its configuration; periods and buffers are free.
static int limit_parameters(struct microphone *mic) {
  unsigned accesses[] = {SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_RW_INTERLEAVED};
  unsigned formats[] = {mic->format};
  snd_pcm_ioplug_t *io = &mic->io;
  int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
  if (error >= 0) error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
  if (error >= 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, mic->rate, mic->rate);
  if (error >= 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, mic->channels, mic->channels);
  if (error >= 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 20);
  if (error >= 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
  return error;
}

static int make_ready(struct microphone *mic, snd_config_t *configuration) {
  int error = read_configuration(mic, configuration);
  if (error < 0) return error;
  if (mic->open_errno) return -(int)mic->open_errno;
  if (is_unplugged(mic)) return -ENODEV;
  mic->frame_bytes = snd_pcm_format_physical_width(mic->format) / 8 * mic->channels;
  bool spent = mic->fault == UNPLUG && mic->unplugged && access(mic->unplugged, F_OK) == 0;
  mic->next_fault = mic->fault == NO_FAULT || spent ? -1 : mic->fault_after;
  error = open_file(mic);
  if (error < 0) return error;
  mic->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  return mic->timer < 0 ? -errno : 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(simulated) {
  (void)root;
  if (stream != SND_PCM_STREAM_CAPTURE) return -EINVAL;
  struct microphone *mic = calloc(1, sizeof *mic);
  if (!mic) return -ENOMEM;
  mic->rate = 48000;
  mic->channels = 2;
  mic->format = SND_PCM_FORMAT_S16_LE;
  mic->loop = true;
  mic->amplitude = 0.5;
  mic->speed = 1;
  mic->file = mic->timer = -1;
  mic->stall_begin = -1;

  int error = make_ready(mic, conf);
  if (error < 0) return discard(mic), error;
  mic->io = (snd_pcm_ioplug_t){
      .version = SND_PCM_IOPLUG_VERSION,
      .name = "simulated microphone",
      .callback = &calls,
      .private_data = mic,
      .poll_fd = mic->timer,
      .poll_events = POLLIN,
  };
  error = snd_pcm_ioplug_create(&mic->io, name, stream, mode);
  if (error < 0) return discard(mic), error;
  error = limit_parameters(mic);
  if (error < 0) return snd_pcm_ioplug_delete(&mic->io), error;  // calls on_close
  *pcmp = mic->io.pcm;
  return 0;
}
SND_PCM_PLUGIN_SYMBOL(simulated);
