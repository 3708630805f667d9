/**
 * What holds of the order of events whatever comes, is lost or comes again. fast-check tells a
 * failure's shortest script and its seed.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ASK_AGAIN_MS, hear, HOLD_MS, receive, restart, startOrder, tick, type Step } from './order';

interface E {
  readonly seq: number;
}

const MOST = 12;
const seq = fc.integer({ min: 1, max: MOST });
const move = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('receive'), seq }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hear'), seq }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), seq }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick'), seq }) },
);
const script = fc.array(fc.tuple(move, fc.integer({ min: 0, max: ASK_AGAIN_MS })), { maxLength: 40 });

/** The order, fed step by step, with what it handed on and when it asked. */
class Run {
  now = 1_000;
  handedOn: number[] = [];
  from = 0;
  heard = 0;
  asked: number[] = [];
  #step: Step<E> = { order: startOrder<E>(0), ready: [], shouldAsk: false, wakeAt: null };

  get order() {
    return this.#step.order;
  }

  move(kind: string, seq: number): void {
    const before = this.order;
    if (kind === 'restart') this.#restart(seq);
    else if (kind === 'receive') this.#take(receive(before, { seq }, this.now));
    else if (kind === 'hear') this.#take(hear(before, seq, this.now));
    else this.#take(tick(before, this.now));
    if (kind !== 'tick') this.heard = Math.max(this.heard, seq);
    this.#check();
  }

  #restart(applied: number): void {
    // A snapshot holds at least what was applied: `state/room.svelte.ts` takes no earlier one.
    this.from = Math.max(applied, this.order.applied);
    this.handedOn = [];
    this.asked = [];
    this.#take(restart(this.order, this.from, this.now));
  }

  #take(step: Step<E>): void {
    if (step.ready.length > 0) this.asked = [];
    this.#step = step;
    this.handedOn.push(...step.ready.map((event) => event.seq));
    if (step.shouldAsk) this.asked.push(this.now);
  }

  #check(): void {
    const { applied, head, held, gapSince } = this.order;
    const through = this.from + this.handedOn.length;
    expect(this.handedOn, 'once each, in order').toEqual(numbers(this.from + 1, through));
    expect(applied).toBe(through);
    expect(head, 'what was heard of is not forgotten').toBe(Math.max(this.heard, applied));
    const waiting = held.map((event) => event.seq);
    expect(waiting).toEqual([...new Set(waiting)].sort((a, b) => a - b));
    expect(waiting.every((number) => number > applied + 1 && number <= head)).toBe(true);
    expect(this.#step.wakeAt === null, 'something is waited for').toBe(head === applied);
    expect(gapSince === null).toBe(head === applied);
    if (this.#step.wakeAt !== null) expect(this.#step.wakeAt).toBeGreaterThan(this.now);
    for (const [i, at] of this.asked.entries())
      expect(at - (this.asked[i - 1] ?? -Infinity), 'asked once').toBeGreaterThanOrEqual(ASK_AGAIN_MS);
  }
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

it('hands on everything once and in order, forgets no number, and asks once', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const run = new Run();
      for (const [{ kind, seq }, wait] of steps) {
        run.now += wait;
        run.move(kind, seq);
      }
    }),
    { numRuns: 400 },
  );
});

it('asks for whatever is missing, and is whole with the answer', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const run = new Run();
      for (const [{ kind, seq }, wait] of steps) {
        run.now += wait;
        run.move(kind, seq);
      }
      run.move('hear', MOST);
      if (run.order.applied === MOST) return;
      const asked = run.asked.length;
      run.now += Math.max(HOLD_MS, ASK_AGAIN_MS);
      run.move('tick', 0);
      expect(run.asked.length).toBe(asked + 1);
      for (const number of numbers(run.order.applied + 1, MOST)) run.move('receive', number);
      expect(run.order).toEqual({ applied: MOST, head: MOST, held: [], gapSince: null, askedAt: null });
    }),
    { numRuns: 400 },
  );
});

it('does not ask for what is only late', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(numbers(1, MOST), { minLength: MOST }), (late) => {
      const run = new Run();
      for (const number of late) {
        run.move('receive', number);
        run.now += Math.floor((HOLD_MS - 1) / MOST);
        run.move('tick', 0);
      }
      expect(run.asked).toEqual([]);
      expect(run.handedOn).toEqual(numbers(1, MOST));
    }),
    { numRuns: 300 },
  );
});
