/** What personas think: live while they do, fetched when somebody opens it. */
import { api } from '../net/api';
import { ApiError } from '../net/http';
import type { Thought, TurnShape } from '../protocol/generated';
import { LiveTexts } from '../sync/livetexts';
import { isActive } from '../sync/model';

export class Thoughts {
  /** By turn. */
  readonly texts = new LiveTexts();
  /** The turns under way that were heard thinking. */
  heard = $state.raw<readonly string[]>([]);
  readonly #roomId: string;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen depends on it
  readonly #fetching = new Set<string>();

  constructor(roomId: string) {
    this.#roomId = roomId;
  }

  hear(thoughts: readonly Thought[]): void {
    for (const thought of thoughts) {
      const { turn_id: id, ...piece } = thought;
      if (!this.heard.includes(id)) this.heard = [...this.heard, id];
      if (piece.index === 0) this.texts.open({ id, ...piece });
      // Whoever does not watch needs nothing of it: opening it fetches the whole.
      else if (this.texts.apply({ message_id: id, ...piece }) === 'gap') {
        if (this.texts.isWatched(id)) void this.catchUp(id);
        else this.texts.close(id);
      }
    }
  }

  /** A turn changed: one that has ended is not live any more. */
  settle(turn: TurnShape): void {
    if (isActive(turn)) return;
    this.texts.close(turn.id);
    this.heard = this.heard.filter((id) => id !== turn.id);
  }

  clear(): void {
    this.texts.clear();
    this.heard = [];
  }

  /** Fetches what a turn under way has thought so far. */
  async catchUp(turnId: string): Promise<void> {
    if (this.#fetching.has(turnId)) return;
    this.#fetching.add(turnId);
    try {
      const { turn_id: id, ...whole } = await api.thinking(this.#roomId, turnId);
      if (this.heard.includes(id)) this.texts.open({ id, ...whole });
    } catch {
      // The next piece asks again, and the end of the turn has it whole.
    } finally {
      this.#fetching.delete(turnId);
    }
  }

  /** What a turn that has ended thought; null where it can't be had. */
  async kept(turnId: string): Promise<string | null> {
    try {
      return (await api.thinking(this.#roomId, turnId)).text;
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  }
}
