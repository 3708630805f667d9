/**
 * Events of a room in the order of their numbers, each once. Pure: the clock is an argument.
 *
 * Broadcasts of several server processes may overtake each other, so a gap waits for
 * `HOLD_MS` before the missing events are asked for.
 */
export const HOLD_MS = 250;
/** After a question without an answer, ask again. */
export const ASK_AGAIN_MS = 3_000;

export interface Numbered {
  readonly seq: number;
}

export interface Order<E extends Numbered> {
  /** The number up to which everything was handed on. */
  readonly applied: number;
  /** The newest number heard of. */
  readonly head: number;
  /** Events that came early, by number. */
  readonly held: readonly E[];
  readonly gapSince: number | null;
  readonly askedAt: number | null;
}

export interface Step<E extends Numbered> {
  readonly order: Order<E>;
  /** To apply now, in this order. */
  readonly ready: readonly E[];
  /** Ask for the events after `order.applied`. */
  readonly shouldAsk: boolean;
  /** Call `tick` at this moment, if nothing comes before. */
  readonly wakeAt: number | null;
}

export function startOrder<E extends Numbered>(applied: number): Order<E> {
  return { applied, head: applied, held: [], gapSince: null, askedAt: null };
}

export function receive<E extends Numbered>(order: Order<E>, event: E, now: number): Step<E> {
  if (event.seq <= order.applied) return settle(order, [], now);
  const at = order.held.findIndex((held) => held.seq >= event.seq);
  if (at >= 0 && order.held[at]?.seq === event.seq) return settle(order, [], now);
  const queue = order.held.toSpliced(at < 0 ? order.held.length : at, 0, event);
  const ready: E[] = [];
  for (const next of queue) {
    if (next.seq !== order.applied + ready.length + 1) break;
    ready.push(next);
  }
  const head = Math.max(order.head, event.seq);
  const applied = order.applied + ready.length;
  return settle({ ...order, applied, head, held: queue.slice(ready.length) }, ready, now);
}

/** The server says that its newest event is number `head`. */
export function hear<E extends Numbered>(order: Order<E>, head: number, now: number): Step<E> {
  return settle({ ...order, head: Math.max(order.head, head) }, [], now);
}

export function tick<E extends Numbered>(order: Order<E>, now: number): Step<E> {
  return settle(order, [], now);
}

/** A snapshot holds everything up to `applied`; what came early or was heard of and is newer still counts. */
export function restart<E extends Numbered>(order: Order<E>, applied: number, now: number): Step<E> {
  const ready: E[] = [];
  const held = order.held.filter((event) => event.seq > applied);
  for (const next of held) {
    if (next.seq !== applied + ready.length + 1) break;
    ready.push(next);
  }
  const rest = held.slice(ready.length);
  const through = applied + ready.length;
  const head = Math.max(order.head, through);
  return settle({ applied: through, head, held: rest, gapSince: null, askedAt: null }, ready, now);
}

function settle<E extends Numbered>(order: Order<E>, ready: readonly E[], now: number): Step<E> {
  if (order.head <= order.applied) {
    return { order: { ...order, gapSince: null, askedAt: null }, ready, shouldAsk: false, wakeAt: null };
  }
  // Progress means that the old gap closed: the one that is left is given its own wait.
  const isOld = order.gapSince !== null && ready.length === 0;
  const gapSince = isOld ? order.gapSince : now;
  const askedAt = isOld ? order.askedAt : null;
  const due = askedAt === null ? gapSince + HOLD_MS : askedAt + ASK_AGAIN_MS;
  const shouldAsk = now >= due;
  return {
    order: { ...order, gapSince, askedAt: shouldAsk ? now : askedAt },
    ready,
    shouldAsk,
    wakeAt: shouldAsk ? now + ASK_AGAIN_MS : due,
  };
}
