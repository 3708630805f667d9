/**
 * The one owner of a timeline's scrolling.
 *
 * - Following: whatever grows, the newest stays in view.
 * - Reading (not following): whatever grows or goes, above or below, the first row in
 *   view stays exactly where it is.
 * - Following ends by the *direction* of a scroll, never by distance; it begins again when
 *   a scroll downward reaches the end.
 */
/** More than a line: while the reader's scroll is on its way to the end, the end moves on. */
const AT_END_PX = 48;

export interface ScrollEvents {
  /** Whether the end of the content is the end of the conversation. */
  readonly mayFollow: () => boolean;
  readonly onFollow: (isFollowing: boolean) => void;
  /** After a scroll by the reader: pixels above and below what is in view. */
  readonly onScroll: (above: number, below: number) => void;
}

/** A row that was `offset` pixels below the top of the view when the scroll position was `top`. */
interface Anchor {
  readonly row: Element;
  readonly offset: number;
  readonly top: number;
}

export class ScrollKeeper {
  readonly #scroller: HTMLElement;
  readonly #content: HTMLElement;
  readonly #events: ScrollEvents;
  readonly #observer: ResizeObserver;
  #isFollowing = true;
  #lastTop = 0;
  #anchor: Anchor | null = null;

  constructor(scroller: HTMLElement, content: HTMLElement, events: ScrollEvents) {
    this.#scroller = scroller;
    this.#content = content;
    this.#events = events;
    scroller.addEventListener('scroll', this.#onScroll, { passive: true });
    scroller.addEventListener('wheel', this.#onWheel, { passive: true });
    // Observers run after layout and before painting: nobody sees the jump.
    this.#observer = new ResizeObserver(() => this.restore());
    this.#observer.observe(scroller);
    this.#observer.observe(content);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#scroller.removeEventListener('scroll', this.#onScroll);
    this.#scroller.removeEventListener('wheel', this.#onWheel);
  }

  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** To the newest, and stay there. */
  follow(): void {
    this.#setFollowing(true);
    this.restore();
  }

  /** Brings a row into the middle of the view, to be read there. */
  show(row: Element): void {
    this.#setFollowing(false);
    const space = this.#scroller.clientHeight - row.getBoundingClientRect().height;
    this.#moveTo(this.#scroller.scrollTop + this.#offsetOf(row) - Math.max(0, space / 2));
    this.#remember();
  }

  /** Puts the view back to where its reader had it. */
  restore(): void {
    if (this.#isFollowing) {
      this.#moveTo(this.#scroller.scrollHeight - this.#scroller.clientHeight);
      return;
    }
    this.#hold();
  }

  /** How many of the rows lie further than `distance` pixels above, or below, the view. */
  rowsBeyond(side: 'above' | 'below', distance: number): number {
    const view = this.#scroller.getBoundingClientRect();
    const rows = [...this.#rows()];
    const isBeyond =
      side === 'above'
        ? (row: Element) => row.getBoundingClientRect().bottom < view.top - distance
        : (row: Element) => row.getBoundingClientRect().top > view.bottom + distance;
    return rows.filter(isBeyond).length;
  }

  readonly #onWheel = (event: WheelEvent): void => {
    // At once, before the first pixel: else a growing text would win against the wheel.
    if (event.deltaY < 0 && this.#scroller.scrollTop > 0) this.#leave();
  };

  readonly #onScroll = (): void => {
    // The content may have changed between the reader's scroll and this event.
    if (!this.#isFollowing) this.#hold();
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const below = scrollHeight - clientHeight - scrollTop;
    const isDown = scrollTop > this.#lastTop;
    const isUp = scrollTop < this.#lastTop - 0.5;
    this.#lastTop = scrollTop;
    // Content that shrinks moves the view up too, but to the end.
    if (isUp && below > 1) this.#leave();
    if (isDown && below <= AT_END_PX && this.#events.mayFollow()) this.#setFollowing(true);
    this.#remember();
    this.#events.onScroll(scrollTop, below);
  };

  /** Undoes what changed above the anchor: all that moved it but the reader's own scrolling. */
  #hold(): void {
    const anchor = this.#anchor;
    if (anchor === null || !anchor.row.isConnected) return;
    const top = this.#scroller.scrollTop;
    const offset = anchor.offset - (top - anchor.top);
    const moved = this.#offsetOf(anchor.row) - offset;
    if (Math.abs(moved) < 0.5) return;
    this.#scroller.scrollTop = top + moved;
    // What the browser made of it; the reader's own way since the last event still counts.
    const now = this.#scroller.scrollTop;
    this.#lastTop += now - top;
    this.#anchor = { row: anchor.row, offset, top: now };
  }

  #leave(): void {
    this.#remember();
    this.#setFollowing(false);
  }

  #setFollowing(isFollowing: boolean): void {
    if (this.#isFollowing === isFollowing) return;
    this.#isFollowing = isFollowing;
    this.#events.onFollow(isFollowing);
  }

  #remember(): void {
    const view = this.#scroller.getBoundingClientRect().top;
    const row = [...this.#rows()].find((row) => row.getBoundingClientRect().bottom > view);
    const top = this.#scroller.scrollTop;
    this.#anchor = row === undefined ? null : { row, offset: this.#offsetOf(row), top };
  }

  #rows(): NodeListOf<Element> {
    return this.#content.querySelectorAll('[data-row]');
  }

  #offsetOf(row: Element): number {
    return row.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  #moveTo(top: number): void {
    this.#scroller.scrollTop = top;
    // What the browser made of it, so that its scroll event is not taken for the reader's.
    this.#lastTop = this.#scroller.scrollTop;
  }
}
