#pragma once
#include <ev.h>

// libev sets its watchers up with macros, which Swift does not import. It calls every kind back as an `ev_watcher`, the common
// start of them all, so one type of callback does.
typedef void (*cev_callback)(struct ev_loop *, struct ev_watcher *, int);

static inline void cev_io_init(union ev_any_watcher *w, cev_callback callback, int descriptor, int events) {
  ev_init(&w->w, callback);
  ev_io_set(&w->io, descriptor, events);
}
static inline void cev_timer_init(union ev_any_watcher *w, cev_callback callback, double after, double repeat) {
  ev_init(&w->w, callback);
  ev_timer_set(&w->timer, after, repeat);
}
static inline void cev_signal_init(union ev_any_watcher *w, cev_callback callback, int number) {
  ev_init(&w->w, callback);
  ev_signal_set(&w->signal, number);
}
static inline void cev_async_init(union ev_any_watcher *w, cev_callback callback) {
  ev_init(&w->w, callback);
  ev_async_set(&w->async);
}
static inline void cev_prepare_init(union ev_any_watcher *w, cev_callback callback) {
  ev_init(&w->w, callback);
  ev_prepare_set(&w->prepare);
}
static inline void cev_idle_init(union ev_any_watcher *w, cev_callback callback) {
  ev_init(&w->w, callback);
  ev_idle_set(&w->idle);
}

// The union's members start at its beginning; Swift would copy them out.
static inline struct ev_io *cev_io(union ev_any_watcher *w) { return &w->io; }
static inline struct ev_timer *cev_timer(union ev_any_watcher *w) { return &w->timer; }
static inline struct ev_signal *cev_signal(union ev_any_watcher *w) { return &w->signal; }
static inline struct ev_async *cev_async(union ev_any_watcher *w) { return &w->async; }
static inline struct ev_prepare *cev_prepare(union ev_any_watcher *w) { return &w->prepare; }
static inline struct ev_idle *cev_idle(union ev_any_watcher *w) { return &w->idle; }
