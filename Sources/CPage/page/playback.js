// The kept recording played back: time and place for the screen.

export class Player {
  #audio = new Audio();
  #url = "";
  #load;

  /** `load` returns a Blob's promise, at the first play. `changed` is called as it plays. */
  constructor(load, changed) {
    this.#load = load;
    for (const event of ["play", "pause", "ended", "seeked", "timeupdate"]) this.#audio[`on${event}`] = changed;
  }

  get seconds() {
    return this.#audio.currentTime;
  }

  get isPlaying() {
    return !this.#audio.paused;
  }

  /** Plays from there, or goes on. */
  async play(seconds = this.seconds) {
    if (!this.#url) {
      this.#url = URL.createObjectURL(await this.#load());
      this.#audio.src = this.#url;
    }
    this.#audio.currentTime = seconds;
    await this.#audio.play().catch(() => {});
  }

  toggle() {
    if (this.isPlaying) this.#audio.pause();
    else this.play(this.#audio.ended ? 0 : undefined);
  }

  close() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    URL.revokeObjectURL(this.#url);
  }
}
