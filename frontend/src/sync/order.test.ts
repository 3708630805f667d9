import { describe, expect, it } from 'vitest';
import { ASK_AGAIN_MS, hear, HOLD_MS, receive, restart, startOrder, tick, type Order } from './order';
import { randomOf, shuffled } from '../lib/random.testing';

interface E {
  readonly seq: number;
}
const event = (seq: number): E => ({ seq });

describe('order', () => {
  it('hands on what is next, and drops what came before', () => {
    const first = receive(startOrder<E>(4), event(5), 0);
    expect(first.ready).toEqual([event(5)]);
    expect(first.wakeAt).toBeNull();
    expect(receive(first.order, event(5), 1).ready).toEqual([]);
    expect(receive(first.order, event(2), 1).ready).toEqual([]);
  });

  it('holds what came early, and hands it on with what was missing', () => {
    const early = receive(startOrder<E>(0), event(2), 100);
    expect(early.ready).toEqual([]);
    expect(early.wakeAt).toBe(100 + HOLD_MS);
    const whole = receive(early.order, event(1), 150);
    expect(whole.ready).toEqual([event(1), event(2)]);
    expect(whole.wakeAt).toBeNull();
  });

  it('asks once the wait is over, not before, and again later', () => {
    const early = receive(startOrder<E>(0), event(2), 0);
    expect(tick(early.order, HOLD_MS - 1).shouldAsk).toBe(false);
    const asked = tick(early.order, HOLD_MS);
    expect(asked.shouldAsk).toBe(true);
    expect(tick(asked.order, HOLD_MS + 10).shouldAsk).toBe(false);
    expect(tick(asked.order, HOLD_MS + ASK_AGAIN_MS).shouldAsk).toBe(true);
  });

  it('takes a heartbeat with a later number as a gap', () => {
    const heard = hear(startOrder<E>(3), 5, 0);
    expect(heard.wakeAt).toBe(HOLD_MS);
    expect(hear(heard.order, 5, HOLD_MS).shouldAsk).toBe(true);
    expect(hear(startOrder<E>(5), 5, 0).wakeAt).toBeNull();
  });

  it('keeps what is newer than a snapshot', () => {
    const early = receive(receive(startOrder<E>(0), event(8), 0).order, event(10), 0);
    const step = restart(early.order, 7, 10);
    expect(step.ready).toEqual([event(8)]);
    expect(step.order.held).toEqual([event(10)]);
    expect(step.wakeAt).not.toBeNull();
  });

  it('hands on everything once and in order, however it arrives', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomOf(seed);
      const count = 1 + Math.floor(random() * 30);
      const all = Array.from({ length: count }, (_, i) => event(i + 1));
      const repeated = all.filter(() => random() < 0.4);
      const lost = new Set(all.filter(() => random() < 0.2));
      let order: Order<E> = startOrder(0);
      const ready: number[] = [];
      let now = 0;
      const take = (step: { order: Order<E>; ready: readonly E[]; shouldAsk: boolean }) => {
        order = step.order;
        ready.push(...step.ready.map(({ seq }) => seq));
        return step.shouldAsk;
      };
      for (const next of shuffled([...all, ...repeated], random)) {
        now += random() * 200;
        if (!lost.has(next)) take(receive(order, next, now));
      }
      // The heartbeat tells of a lost end; the answer to the question has the rest.
      take(hear(order, count, now));
      now += HOLD_MS + ASK_AGAIN_MS;
      if (take(tick(order, now))) {
        for (const missed of all.filter(({ seq }) => seq > order.applied)) take(receive(order, missed, now));
      }
      expect(ready, `seed ${seed}`).toEqual(all.map(({ seq }) => seq));
      expect(order.held, `seed ${seed}`).toEqual([]);
      expect(tick(order, now).wakeAt).toBeNull();
    }
  });
});
