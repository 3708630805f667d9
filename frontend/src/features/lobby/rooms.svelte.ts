import { t } from '../../lib/text';
import { api, type RoomsView } from '../../net/api';
import type { RoomCard, RoomPage } from '../../protocol/generated';

type Source = Pick<typeof api, 'rooms' | 'moreRooms'>;

/** The lobby's list, as far as it was loaded. Only the newest question's answer counts. */
export class LobbyRooms {
  view = $state<RoomsView>('all');
  text = $state('');
  /** What `rooms` answer; null before the first answer. */
  shown = $state.raw<{ readonly view: RoomsView; readonly text: string } | null>(null);
  rooms = $state.raw<readonly RoomCard[]>([]);
  problem = $state<string | null>(null);
  isBusy = $state(false);
  #next = $state<string | null>(null);
  #asked = 0;
  readonly #source: Source;

  constructor(source: Source = api) {
    this.#source = source;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Load the first page of what is asked for; `before` is awaited first. */
  async load(before?: () => Promise<unknown>): Promise<void> {
    const asked = { view: this.view, text: this.text.trim() };
    const fetch = () => this.#source.rooms(asked.view, asked.text);
    await this.#ask(
      () => (before === undefined ? fetch() : before().then(fetch)),
      (page) => {
        this.shown = asked;
        this.rooms = page.results;
      },
    );
  }

  /** Load the page after the last one. A room that moved up meanwhile is not shown twice. */
  async more(): Promise<void> {
    const next = this.#next;
    if (next === null) return;
    await this.#ask(
      () => this.#source.moreRooms(next),
      (page) => {
        const isNew = (room: RoomCard) => !this.rooms.some((known) => known.id === room.id);
        this.rooms = [...this.rooms, ...page.results.filter(isNew)];
      },
    );
  }

  async #ask(fetch: () => Promise<RoomPage>, take: (page: RoomPage) => void): Promise<void> {
    const number = ++this.#asked;
    this.isBusy = true;
    this.problem = null;
    try {
      const page = await fetch();
      if (number !== this.#asked) return;
      take(page);
      this.#next = page.next;
    } catch (error) {
      if (number === this.#asked) this.problem = error instanceof Error ? error.message : t('unknown_reason');
    } finally {
      if (number === this.#asked) this.isBusy = false;
    }
  }
}
