import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff, RoomSocket, type ConnectionState, type ResumePoint } from './socket';

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readonly sent: unknown[] = [];
  readyState = 0;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  frame(n: number, type: string, data: object, seq: number | null = null): void {
    this.readyState = 1;
    const frame = { n, v: 1, room: 'r', seq, at: '2026-01-01T00:00:00.000Z', type, data };
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const HELLO = {
  protocol: 1,
  build: 'dev',
  epoch: 'e',
  head_seq: 0,
  you: { participant_id: 'a', role: 'member' },
  present_ids: null,
};
const latest = () => {
  const socket = FakeSocket.all.at(-1);
  if (socket === undefined) throw new Error('No socket was opened.');
  return socket;
};

describe('the socket', () => {
  let states: ConnectionState[];
  let types: (string | null)[];
  let resume: ResumePoint | null;
  let room: RoomSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    states = [];
    types = [];
    resume = null;
    room = new RoomSocket({
      url: 'ws://host/ws/rooms/r/',
      resume: () => resume,
      onFrame: ({ event }) => types.push(event?.type ?? null),
      onState: (state) => states.push(state),
    });
    room.open();
  });

  afterEach(() => {
    room.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('acknowledges every eighth frame that it handled, unknown ones too', () => {
    latest().frame(1, 'hello', HELLO);
    for (let n = 2; n <= 16; n++)
      latest().frame(n, n % 2 === 0 ? 'heartbeat' : 'future.event', { head_seq: 0 });
    expect(latest().sent).toEqual([
      { type: 'ack', n: 8 },
      { type: 'ack', n: 16 },
    ]);
    expect(types.filter((type) => type === null)).toHaveLength(7);
  });

  it('comes back when a server that ends says so', () => {
    latest().frame(1, 'hello', HELLO);
    latest().frame(2, 'reconnect', { after_ms: 1_700 });
    latest().onclose?.({ code: 1012 });
    vi.advanceTimersByTime(1_699);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(backoff(1, 1));
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('comes back where it was', () => {
    latest().frame(1, 'hello', HELLO);
    resume = { after: 7, epoch: 'e' };
    latest().onclose?.({ code: 1012 });
    expect(states.at(-1)).toBe('reconnecting');
    vi.advanceTimersByTime(300);
    expect(latest().url).toBe('ws://host/ws/rooms/r/?after=7&epoch=e');
    latest().frame(1, 'hello', HELLO);
    expect(states.at(-1)).toBe('online');
  });

  it('does not come back where it is not allowed', () => {
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(300);
    latest().onclose?.({ code: 4001 });
    window.dispatchEvent(new Event('online'));
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(2);
    expect(states.at(-1)).toBe('refused');
  });

  it('gives up a connection that says nothing', () => {
    latest().frame(1, 'hello', HELLO);
    vi.advanceTimersByTime(11_000);
    latest().frame(2, 'heartbeat', { head_seq: 0 });
    vi.advanceTimersByTime(11_000);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(4_000);
    expect(states).toContain('reconnecting');
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('survives frames that are none', () => {
    for (const data of ['', '{', '[]', '{"n":1}', 'null', new ArrayBuffer(2)]) latest().onmessage?.({ data });
    latest().frame(1, 'hello', HELLO);
    expect(types).toEqual(['hello']);
  });

  it('waits longer each time, up to eight seconds, never all at once', () => {
    expect(backoff(0, 0)).toBe(125);
    expect(backoff(0, 1)).toBe(250);
    expect(backoff(20, 1)).toBe(8_000);
    expect(backoff(20, 0)).toBe(4_000);
  });
});
