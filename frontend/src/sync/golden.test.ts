/**
 * What the back end's tests recorded (rooms/tests/golden.py), replayed: a snapshot folded
 * with the events that followed must be the later snapshot, however the events arrive.
 */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { randomOf, shuffled } from '../lib/random.testing';
import { readEvent } from '../net/frames';
import { Envelope, Snapshot, type KnownEvent } from '../protocol/generated';
import { LiveTexts } from './livetexts';
import type { RoomState } from './model';
import { receive, restart, startOrder, type Order } from './order';
import { fromSnapshot, reduce, withMessage, type DurableEvent } from './reduce';

const Scenario = v.object({ before: Snapshot, events: v.array(Envelope), after: Snapshot });
type Scenario = v.InferOutput<typeof Scenario>;
type DeltasEvent = Extract<KnownEvent, { type: 'message.deltas' }>;

const files = Object.entries(
  import.meta.glob<unknown>('./golden/*.json', { eager: true, import: 'default' }),
);

function eventsOf(scenario: Scenario): KnownEvent[] {
  return scenario.events.map((envelope) => {
    const event = readEvent(envelope);
    if (event === null) throw new Error(`${envelope.type} is not as agreed`);
    return event;
  });
}

/** A client without a socket: the parts that `state/room.svelte.ts` puts together. */
class Client {
  room: RoomState;
  readonly texts = new LiveTexts();
  readonly #scenario: Scenario;
  #order: Order<{ seq: number; event: DurableEvent }>;

  constructor(scenario: Scenario, snapshot: Snapshot) {
    this.#scenario = scenario;
    this.room = fromSnapshot(snapshot);
    for (const message of snapshot.messages) this.#follow(message.id);
    this.#order = restart(startOrder<{ seq: number; event: DurableEvent }>(0), snapshot.head_seq, 0).order;
  }

  take(event: KnownEvent): void {
    if (event.type === 'message.deltas') this.#takeDeltas(event);
    if (!isDurable(event)) return;
    const step = receive(this.#order, { seq: event.seq, event }, 0);
    this.#order = step.order;
    for (const ready of step.ready) this.#apply(ready.event);
  }

  /** The room with the texts in the making in their messages, as it is shown. */
  shown(): RoomState {
    const messages = this.room.messages.map((message) => ({ ...message, ...this.texts.get(message.id) }));
    return { ...this.room, messages };
  }

  #apply(event: DurableEvent): void {
    this.room = reduce(this.room, event);
    if (event.type === 'message.posted') this.#follow(event.data.message.id);
    if (event.type === 'message.finished') this.texts.close(event.data.message.id);
  }

  #follow(id: string): void {
    const message = this.room.messages.find((known) => known.id === id);
    if (message?.state === 'streaming' && this.texts.open(message) === 'gap') this.#fetch(id);
  }

  #takeDeltas(event: DeltasEvent): void {
    for (const delta of event.data.deltas) {
      if (this.texts.apply(delta) === 'gap') this.#fetch(delta.message_id);
    }
  }

  /** The server's answer to a gap: the message as it is by then. */
  #fetch(id: string): void {
    const message = this.#scenario.after.messages.find((known) => known.id === id);
    if (message === undefined) throw new Error(`${id} can't be fetched`);
    if (message.state === 'streaming') this.texts.open(message);
    else this.texts.close(id);
    this.room = withMessage(this.room, message);
  }
}

function isDurable(event: KnownEvent): event is DurableEvent & { seq: number } {
  return event.seq !== null;
}

/** What the client shows after `events`, beginning with `snapshot`. */
function replayed(
  scenario: Scenario,
  events: readonly KnownEvent[],
  snapshot: Snapshot = scenario.before,
): RoomState {
  const client = new Client(scenario, snapshot);
  for (const event of events) client.take(event);
  return client.shown();
}

it('there are golden scenarios', () => {
  expect(files.length).toBeGreaterThan(30);
});

describe.each(files)('%s', (_path, content) => {
  const scenario = v.parse(Scenario, content);
  const events = eventsOf(scenario);
  const wanted = fromSnapshot(scenario.after);

  it('comes to what the server has', () => {
    expect(replayed(scenario, events)).toEqual(wanted);
  });

  it('comes to it when everything comes twice', () => {
    expect(replayed(scenario, [...events, ...events])).toEqual(wanted);
    expect(
      replayed(
        scenario,
        events.flatMap((event) => [event, event]),
      ),
    ).toEqual(wanted);
  });

  it('comes to it when the snapshot held what comes again', () => {
    expect(replayed(scenario, events, scenario.after)).toEqual(wanted);
    // Its rows may be later than its number.
    const early = { ...scenario.after, head_seq: scenario.before.head_seq };
    for (let from = 0; from <= events.length; from++) {
      const seq = events.slice(0, from).findLast(isDurable)?.seq ?? scenario.before.head_seq;
      expect(replayed(scenario, events.slice(from), { ...early, head_seq: seq })).toEqual(wanted);
      // On the way, no reply is taken back to an earlier moment.
      const { messages, turns } = replayed(scenario, events.slice(0, from), early);
      expect({ messages, turns }).toEqual({ messages: wanted.messages, turns: wanted.turns });
    }
  });

  it('comes to it in any order of arrival', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const arriving = shuffled(events, randomOf(seed));
      expect(replayed(scenario, arriving), `seed ${seed}`).toEqual(wanted);
    }
  });
});
