/**
 * One room's connection: hello, acknowledgements, a watchdog, and coming back.
 *
 * Frames are handled and acknowledged in the message handler, never in a timer or an
 * animation frame, which sleep in hidden tabs.
 */
import { readFrame, type ReadFrame } from './frames';

export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline' | 'refused';

export interface ResumePoint {
  readonly after: number;
  readonly epoch: string;
}

export interface SocketOptions {
  readonly url: string;
  /** From where to go on; null for a first load. */
  readonly resume: () => ResumePoint | null;
  readonly onFrame: (frame: ReadFrame) => void;
  readonly onState: (state: ConnectionState) => void;
}

const ACK_EVERY = 8;
const SILENCE_MS = 12_000;
const WATCH_MS = 2_000;
const BACKOFF_LEAST_MS = 250;
const BACKOFF_MOST_MS = 8_000;
const CLOSE_NOT_ALLOWED = 4001;
const CLOSE_FLOODING = 4029;

/** How long to wait before attempt `attempt` (from 0), with jitter so that not all come at once. */
export function backoff(attempt: number, random: number): number {
  const most = Math.min(BACKOFF_MOST_MS, BACKOFF_LEAST_MS * 2 ** attempt);
  return most / 2 + (most / 2) * random;
}

export class RoomSocket {
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #heardAt = 0;
  #handled = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  #hasConnected = false;
  #isClosed = false;
  /** When the server that ends asked to be left for another one, in ms from its close. */
  #comeBackIn: number | null = null;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  open(): void {
    window.addEventListener('online', this.#wake);
    window.addEventListener('offline', this.#onOffline);
    document.addEventListener('visibilitychange', this.#wake);
    this.#watchTimer = setInterval(() => this.#watch(), WATCH_MS);
    this.#options.onState('connecting');
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    window.removeEventListener('online', this.#wake);
    window.removeEventListener('offline', this.#onOffline);
    document.removeEventListener('visibilitychange', this.#wake);
    clearInterval(this.#watchTimer);
    clearTimeout(this.#retryTimer);
    this.#drop();
  }

  /** Sends now; answers false where there is no connection. */
  send(frame: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect(): void {
    clearTimeout(this.#retryTimer);
    this.#drop();
    const point = this.#options.resume();
    const query = point === null ? '' : `?after=${point.after}&epoch=${encodeURIComponent(point.epoch)}`;
    const socket = new WebSocket(this.#options.url + query);
    this.#socket = socket;
    this.#handled = 0;
    this.#heardAt = Date.now();
    socket.onmessage = (message) => {
      if (socket === this.#socket && typeof message.data === 'string') this.#onMessage(message.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#onClose(event.code);
    };
  }

  #onMessage(text: string): void {
    this.#heardAt = Date.now();
    const frame = readFrame(text);
    if (frame === null) return;
    if (frame.event?.type === 'hello') {
      this.#attempt = 0;
      this.#hasConnected = true;
      this.#options.onState('online');
    }
    if (frame.event?.type === 'reconnect') this.#comeBackIn = frame.event.data.after_ms;
    try {
      this.#options.onFrame(frame);
    } catch (error) {
      // One frame that cannot be handled must not end the acknowledgements of all others.
      console.error('Parley: a frame could not be handled', error);
    }
    this.#handled += 1;
    if (this.#handled % ACK_EVERY === 0) this.send({ type: 'ack', n: frame.n });
  }

  #onClose(code: number): void {
    this.#socket = null;
    if (this.#isClosed) return;
    if (code === CLOSE_NOT_ALLOWED) {
      this.close();
      this.#options.onState('refused');
      return;
    }
    this.#tellWaiting();
    if (code === CLOSE_FLOODING) this.#attempt = Math.max(this.#attempt, 5);
    const wait = this.#comeBackIn ?? backoff(this.#attempt, Math.random());
    this.#comeBackIn = null;
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.#connect(), wait);
  }

  #tellWaiting(): void {
    const isLost = this.#hasConnected || this.#attempt > 1;
    this.#options.onState(!navigator.onLine ? 'offline' : isLost ? 'reconnecting' : 'connecting');
  }

  /** A connection that says nothing is dead, whatever its state claims. */
  #watch(): void {
    if (this.#socket === null || Date.now() - this.#heardAt < SILENCE_MS) return;
    this.#drop();
    this.#onClose(1006);
  }

  readonly #wake = (): void => {
    if (this.#isClosed || document.visibilityState === 'hidden') return;
    if (this.#socket === null && this.#retryTimer !== undefined) {
      this.#attempt = 0;
      this.#tellWaiting();
      this.#connect();
    } else this.#watch();
  };

  readonly #onOffline = (): void => {
    this.#drop();
    this.#onClose(1006);
  };

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
