const MOST = 4;

/** What a screen reader is told, politely: one place, a sentence at a time, never a token. */
class Announcer {
  text = $state('');
  #queue: string[] = [];
  #isWaiting = false;

  say(sentence: string): void {
    this.#queue.push(sentence);
    // Several at once are read as one.
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      // After a reconnect many may have come: the last ones say where the room is.
      this.text = this.#queue.splice(0).slice(-MOST).join('. ');
    }, 150);
  }
}

export const announcer = new Announcer();
