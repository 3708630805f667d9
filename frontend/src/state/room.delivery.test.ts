/**
 * An open room over a channel that loses, doubles, reorders and cuts: whatever arrives when,
 * it comes to show what the server has. What happens in the room is a golden scenario; the
 * server that tells of it is simulated, socket and REST; the rest is what a browser runs.
 */
import fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readEvent } from '../net/frames';
import { Envelope, Snapshot, type KnownEvent, type MessageShape } from '../protocol/generated';
import { ASK_AGAIN_MS } from '../sync/order';
import { fromSnapshot } from '../sync/reduce';
import { RoomStore } from './room.svelte';

const Scenario = v.object({ before: Snapshot, events: v.array(Envelope), after: Snapshot });
type Scenario = v.InferOutput<typeof Scenario>;

const scenarios = Object.values(
  import.meta.glob<unknown>('../sync/golden/*.json', { eager: true, import: 'default' }),
).map((content) => v.parse(Scenario, content));

// Most have few events: those with pieces of text are half of what is drawn.
const streams = scenarios.filter(({ events }) => events.some(({ type }) => type === 'message.deltas'));
const anyScenario = fc.oneof(fc.constantFrom(...streams), fc.constantFrom(...scenarios));

const HEARTBEAT_MS = 4_000;

/** What the server knows: the scenario's beginning with so many of its events. */
class Server {
  readonly #scenario: Scenario;
  happened = 0;
  isPruned = false;
  latency = 20;
  /** When the events after a number were asked for, and of which of its databases. */
  readonly asked: { after: number; epoch: string; at: number }[] = [];
  /** Broadcasts on their way. */
  readonly broadcasts: Envelope[] = [];
  socket: FakeSocket | null = null;
  /** Every text that the room shows at some time, by message, fence and index. */
  readonly texts = new Set<string>();
  #restores = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    for (; this.happened <= scenario.events.length; this.happened += 1)
      for (const message of this.snapshot().messages) this.texts.add(textKey(message));
    this.happened = 0;
  }

  get epoch(): string {
    return `${this.#scenario.before.epoch} ${this.#restores}`;
  }

  /** The database as it was so many events ago, in a server that was started anew. */
  restore(events: number): void {
    this.happened = Math.max(0, this.happened - events);
    this.#restores += 1;
    this.broadcasts.length = 0;
    this.socket?.cut();
  }

  happen(count: number): void {
    const events = this.#scenario.events.slice(this.happened, this.happened + count);
    this.happened += events.length;
    this.broadcasts.push(...events);
  }

  get headSeq(): number {
    const last = this.#told().findLast(({ seq }) => seq !== null);
    return last?.seq ?? this.#scenario.before.head_seq;
  }

  snapshot(): Snapshot {
    const snapshot = structuredClone(this.#scenario.before);
    for (const envelope of this.#told()) apply(snapshot, known(envelope));
    return { ...snapshot, epoch: this.epoch, head_seq: this.headSeq };
  }

  missed(after: number): Envelope[] | null {
    const reaches = !this.isPruned && after >= this.#scenario.before.head_seq;
    return reaches ? this.#told().filter(({ seq }) => seq !== null && seq > after) : null;
  }

  /** Answers as of now, and late. */
  async fetch(path: string): Promise<Response> {
    const answer = this.#answer(new URL(path, 'http://host'));
    const { epoch } = this;
    await new Promise((resolve) => setTimeout(resolve, this.latency));
    if (epoch !== this.epoch) throw new TypeError('The server went away.');
    return answer;
  }

  #answer({ pathname, searchParams }: URL): Response {
    const [, , , , what, id] = pathname.split('/');
    if (what === '') return Response.json(this.snapshot());
    if (what === 'events') {
      const after = Number(searchParams.get('after'));
      this.asked.push({ after, epoch: this.epoch, at: Date.now() });
      const events = this.missed(after);
      if (events === null)
        return Response.json({ code: 'replay_too_far', detail: 'Load the room again.' }, { status: 409 });
      return Response.json({ events, head_seq: this.headSeq, next: null });
    }
    const message = this.snapshot().messages.find((one) => one.id === id);
    if (what !== 'messages' || message === undefined) throw new Error(`${pathname} is not simulated`);
    return Response.json(message);
  }

  #told(): Envelope[] {
    return this.#scenario.events.slice(0, this.happened);
  }
}

function textKey({ id, fence, index, text }: MessageShape): string {
  return `${id} ${fence} ${index} ${text}`;
}

/** The server's rows after an event, each in its place: no rule of the client's is needed. */
function apply(snapshot: Snapshot, event: KnownEvent): void {
  switch (event.type) {
    case 'room.changed':
      snapshot.room = event.data.room;
      break;
    case 'participant.changed':
      put(snapshot.participants, event.data.participant);
      if (event.data.participant.id === snapshot.you.participant_id)
        snapshot.you.role = event.data.participant.role;
      break;
    case 'message.posted':
    case 'message.resumed':
    case 'message.finished':
      put(snapshot.messages, event.data.message);
      break;
    case 'turn.changed':
      put(snapshot.turns, event.data.turn);
      break;
    case 'poll.changed':
      put(snapshot.polls, event.data.poll);
      break;
    case 'memory.changed':
      snapshot.memory = [event.data.memory];
      break;
    case 'budget.changed':
      put(snapshot.budgets, event.data.budget);
      snapshot.budgets = snapshot.budgets.filter(({ level }) => level !== 'ok');
      break;
    case 'run.changed':
      put(snapshot.runs, event.data.run);
      break;
    case 'hand.changed':
      put(snapshot.hands, event.data.hand);
      snapshot.hands = snapshot.hands.filter(({ state, turn_id }) => state !== 'lowered' && turn_id === null);
      break;
    case 'message.deltas':
      for (const { message_id, index, text } of event.data.deltas) {
        const message = snapshot.messages.find(({ id }) => id === message_id);
        if (message !== undefined) Object.assign(message, { index, text: message.text + text });
      }
  }
}

function put<T extends { id: string }>(rows: T[], row: T): void {
  const at = rows.findIndex(({ id }) => id === row.id);
  rows.splice(at < 0 ? rows.length : at, 1, structuredClone(row));
}

function known(envelope: Envelope): KnownEvent {
  const event = readEvent(envelope);
  if (event === null) throw new Error(`${envelope.type} is not as agreed`);
  return event;
}

let server: Server;

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  #sent = 0;

  constructor(url: string) {
    const query = new URL(url).searchParams;
    setTimeout(() => this.#open(query), 10);
  }

  #open(query: URLSearchParams): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    server.socket = this;
    const { epoch, head_seq, you } = server.snapshot();
    this.tell('hello', { protocol: 1, build: 'dev', epoch, head_seq, you, present_ids: null });
    const after = query.get('after');
    const missed = after === null || query.get('epoch') !== epoch ? null : server.missed(Number(after));
    if (missed === null) this.tell('snapshot', server.snapshot());
    else missed.forEach((envelope) => this.pass(envelope));
  }

  tell(type: string, data: object): void {
    this.pass({ v: 1, room: 'room', seq: null, at: '2026-01-05T12:00:00.000Z', type, data });
  }

  pass(envelope: object): void {
    this.#sent += 1;
    this.onmessage?.({ data: JSON.stringify({ n: this.#sent, ...envelope }) });
  }

  send(): void {
    // Nothing is asked over the socket here.
  }

  close(): void {
    this.readyState = 3;
    if (server.socket === this) server.socket = null;
  }

  cut(): void {
    const ended = this.onclose;
    this.close();
    ended?.({ code: 1006 });
  }
}

async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= HEARTBEAT_MS) {
    await vi.advanceTimersByTimeAsync(Math.min(left, HEARTBEAT_MS));
    server.socket?.tell('heartbeat', { head_seq: server.headSeq });
  }
}

const count = fc.integer({ min: 1, max: 4 });
const which = fc.integer({ min: 0, max: 5 });
const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('happens' as const), by: count }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('arrives' as const), by: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('comes twice' as const), by: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('is lost' as const), by: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), by: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restored' as const), by: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pruned' as const), by: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('slow' as const), by: which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), by: which }) },
);
const script = fc.array(move, { minLength: 5, maxLength: 40 });

type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

async function play({ kind, by }: Move): Promise<void> {
  const { broadcasts, socket } = server;
  const at = by % Math.max(1, broadcasts.length);
  const envelope = broadcasts[at];
  if (kind === 'happens') server.happen(by);
  else if (kind === 'cut') socket?.cut();
  else if (kind === 'restored') server.restore(by);
  else if (kind === 'pruned') server.isPruned = by > 2;
  else if (kind === 'slow') server.latency = [5, 100, 400, 2_000, 5_000][by] ?? 20;
  else if (kind === 'time') await pass([20, 100, 300, 1_000, 4_000, 9_000][by] ?? 0);
  else if (envelope !== undefined) {
    if (kind !== 'comes twice') broadcasts.splice(at, 1);
    if (kind !== 'is lost') socket?.pass(envelope);
  }
}

/** What the room shows, with the texts in the making in their messages. */
function shown(store: RoomStore): MessageShape[] {
  return (store.room?.messages ?? []).map((message) => ({ ...message, ...store.texts.get(message.id) }));
}

function check(store: RoomStore): void {
  const messages = shown(store);
  expect(messages.map(({ seq }) => seq)).toEqual(
    [...new Set(messages.map(({ seq }) => seq))].sort((a, b) => a - b),
  );
  for (const message of messages) expect(server.texts, 'a text as it was told').toContain(textKey(message));
  const { asked } = server;
  for (const [i, { after, epoch, at }] of asked.entries()) {
    const earlier = asked.slice(0, i).findLast((one) => one.after === after && one.epoch === epoch);
    if (earlier !== undefined) expect(at - earlier.at, 'asked once').toBeGreaterThanOrEqual(ASK_AGAIN_MS);
  }
}

function expectAllShown(store: RoomStore, scenario: Scenario): void {
  // The last piece of a text in the making may be lost, and is missed with the next one.
  const withoutPieces = (message: MessageShape) =>
    message.state === 'streaming' ? { ...message, text: '', index: 0 } : message;
  const wanted = fromSnapshot({ ...scenario.after, epoch: server.epoch });
  expect(store.room).not.toBeNull();
  expect({ ...store.room, messages: shown(store).map(withoutPieces) }).toEqual({
    ...wanted,
    messages: wanted.messages.map(withoutPieces),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (path: string) => server.fetch(path));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('comes to show what the server has, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(anyScenario, script, async (scenario, moves) => {
      server = new Server(scenario);
      const store = new RoomStore('room');
      store.open();
      try {
        await pass(100);
        for (const one of moves) {
          await play(one);
          check(store);
        }
        server.happen(scenario.events.length);
        server.latency = 20;
        // Longest: a pause before the next attempt to connect, a heartbeat, a question without answer.
        await pass(24_000);
        check(store);
        expectAllShown(store, scenario);
      } finally {
        store.close();
      }
    }),
    { numRuns: 150 },
  );
});

it('is not taken back by a snapshot that was asked for before a connection brought what is newer', async () => {
  const scenario = streams.find(({ events }) => typeof events[0]?.seq === 'number' && events.length > 2);
  if (scenario === undefined) throw new Error('no scenario begins with a numbered event');
  server = new Server(scenario);
  const store = new RoomStore('room');
  store.open();
  try {
    await pass(100);
    // An event is lost and the log is gone: the heartbeat tells, and the whole room is asked for.
    server.isPruned = true;
    server.latency = 3_000;
    server.happen(1);
    server.broadcasts.length = 0;
    await pass(4_300 + 3_000);
    // Its answer is on its way when a new connection brings everything.
    server.happen(scenario.events.length);
    server.broadcasts.length = 0;
    server.socket?.cut();
    await pass(2_000);
    expectAllShown(store, scenario);
    await pass(1_500);
    expectAllShown(store, scenario);
  } finally {
    store.close();
  }
});
