/** The modes that the server has, asked for once. */
import { api } from '../../net/api';
import type { ModeShape } from '../../protocol/generated';

class Modes {
  known = $state.raw<readonly ModeShape[]>([]);
  #asked: Promise<readonly ModeShape[]> | null = null;

  /** Rejects where they can't be had; the next call asks again. */
  all(): Promise<readonly ModeShape[]> {
    this.#asked ??= this.#fetch();
    return this.#asked;
  }

  /** For people; from the name, as long as nothing else is known of it. */
  title(name: string): string {
    const mode = this.known.find((one) => one.name === name);
    return mode?.title ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`;
  }

  async #fetch(): Promise<readonly ModeShape[]> {
    try {
      this.known = await api.modes();
      return this.known;
    } catch (error) {
      this.#asked = null;
      throw error;
    }
  }
}

export const modes = new Modes();
