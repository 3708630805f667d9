/**
 * The texts of streaming messages, outside of the reactive state: a delta goes from the
 * socket to here and to the view that shows it, and touches nothing else.
 */
import type { Delta } from '../protocol/generated';

export interface LiveText {
  readonly fence: number;
  readonly index: number;
  readonly text: string;
}

/** A text so far, as the server tells it: a streaming message, or the thinking of a turn. */
export interface Opening extends LiveText {
  readonly id: string;
}

type Listener = () => void;

/** Deltas may overtake the event that creates their message; so many messages' are kept. */
const EARLY_MESSAGES = 32;

export class LiveTexts {
  readonly #texts = new Map<string, LiveText>();
  readonly #early = new Map<string, Delta[]>();
  readonly #listeners = new Map<string, Set<Listener>>();

  get(id: string): LiveText | undefined {
    return this.#texts.get(id);
  }

  /**
   * A text so far is taken where it is further than what is here. Answers whether deltas
   * are missing between it and those that came early.
   */
  open(message: Opening): 'ok' | 'gap' {
    const known = this.#texts.get(message.id);
    const isFurther =
      known === undefined ||
      message.fence > known.fence ||
      (message.fence === known.fence && message.index > known.index);
    if (isFurther) {
      this.#texts.set(message.id, { fence: message.fence, index: message.index, text: message.text });
      this.#notify(message.id);
    }
    const early = this.#early.get(message.id) ?? [];
    this.#early.delete(message.id);
    let result: 'ok' | 'gap' = 'ok';
    for (const delta of early) if (this.apply(delta) === 'gap') result = 'gap';
    return result;
  }

  apply(delta: Delta): 'ok' | 'gap' {
    const known = this.#texts.get(delta.message_id);
    if (known === undefined) {
      this.#keepEarly(delta);
      return 'ok';
    }
    if (delta.fence < known.fence) return 'ok';
    if (delta.fence === known.fence && delta.index <= known.index) return 'ok';
    if (delta.fence > known.fence || delta.index !== known.index + 1) return 'gap';
    this.#texts.set(delta.message_id, {
      fence: delta.fence,
      index: delta.index,
      text: known.text + delta.text,
    });
    this.#notify(delta.message_id);
    return 'ok';
  }

  /** The message is finished: its text is in the room's state now. */
  close(id: string): void {
    this.#texts.delete(id);
    this.#early.delete(id);
  }

  clear(): void {
    this.#texts.clear();
    this.#early.clear();
  }

  /** `listener` is called after every change of the text; answers how to stop that. */
  subscribe(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  isWatched(id: string): boolean {
    return this.#listeners.has(id);
  }

  #notify(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  #keepEarly(delta: Delta): void {
    const kept = this.#early.get(delta.message_id);
    if (kept !== undefined) {
      kept.push(delta);
      return;
    }
    const oldest = this.#early.keys().next();
    if (this.#early.size >= EARLY_MESSAGES && !oldest.done) this.#early.delete(oldest.value);
    this.#early.set(delta.message_id, [delta]);
  }
}
