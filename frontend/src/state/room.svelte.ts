/**
 * One open room: its socket, its state, what is waiting to be sent. This class only wires;
 * the decisions are the pure functions of `sync/`.
 */
import { newId } from '../lib/ids';
import { tab } from '../lib/storage';
import { t } from '../lib/text';
import { api } from '../net/api';
import { readEvent, type ReadFrame } from '../net/frames';
import { ApiError } from '../net/http';
import { RoomSocket, type ConnectionState } from '../net/socket';
import { PROTOCOL_VERSION } from '../protocol/generated';
import type { Commands, CommandType, KnownEvent, MessageShape, Snapshot } from '../protocol/generated';
import { LiveTexts } from '../sync/livetexts';
import { byId, isActive, NONE_QUOTED, withQuoted, type Quoted, type RoomState } from '../sync/model';
import * as order from '../sync/order';
import * as pending from '../sync/pending';
import { keepPending, readPending } from '../sync/pendingstore';
import { fromSnapshot, reduce, withBallot, withMessage, withOlder, type DurableEvent } from '../sync/reduce';
import * as typing from '../sync/typing';
import { announceEvent } from './announce';
import { OwnVotes } from './ownvotes.svelte';
import { Thoughts } from './thoughts.svelte';
import { toasts } from './toasts.svelte';

const OLDER_PAGE = 50;
/** How many pages a jump to a quoted message loads at most. */
const JUMP_PAGES = 40;

/** An event with its number; `change` is null for a type that this page does not know. */
interface NumberedEvent extends order.Numbered {
  readonly change: DurableEvent | null;
}

export class RoomStore {
  readonly roomId: string;
  readonly texts = new LiveTexts();
  readonly thoughts: Thoughts;
  readonly votes = new OwnVotes({
    send: (frame) => this.connection === 'online' && this.#socket.send(frame),
    onBallot: (ballot) => {
      if (this.room !== null) this.room = withBallot(this.room, ballot);
    },
  });
  room = $state.raw<RoomState | null>(null);
  pending = $state.raw<pending.Pending>([]);
  connection = $state<ConnectionState>('connecting');
  isLoadingOlder = $state(false);
  hasOlderFailed = $state(false);
  isOutdated = $state(false);
  typing = $state.raw<typing.Typing>(typing.NOBODY);
  /** The people with a connection; null while that is not known. */
  present = $state.raw<readonly string[] | null>(null);
  /** Quoted messages that are not among the loaded ones; null where there is none any more. */
  quoted = $state.raw<Quoted>(NONE_QUOTED);
  readonly #loaded = $derived(byId(this.room?.messages ?? []));

  #order = order.startOrder<NumberedEvent>(0);
  #orderTimer: ReturnType<typeof setTimeout> | undefined;
  #isCatchingUp = false;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #saidTypingAt: number | null = null;
  #older: Promise<void> | null = null;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen depends on it
  readonly #fetching = new Set<string>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen depends on it
  readonly #answers = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #socket: RoomSocket;

  constructor(roomId: string) {
    this.roomId = roomId;
    this.thoughts = new Thoughts(roomId);
    this.pending = readPending(tab.read(`pending:${roomId}`));
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.#socket = new RoomSocket({
      url: `${scheme}://${location.host}/ws/rooms/${roomId}/`,
      resume: () => (this.room === null ? null : { after: this.#order.applied, epoch: this.room.epoch }),
      onFrame: (frame) => this.#onFrame(frame),
      onState: (state) => this.#onState(state),
    });
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    this.#socket.close();
    clearTimeout(this.#orderTimer);
    clearTimeout(this.#typingTimer);
    this.#rejectAll();
  }

  /** The composer was written in, or emptied. */
  type(isTyping: boolean): void {
    const now = Date.now();
    if (!typing.shouldSay(isTyping, this.#saidTypingAt, now)) return;
    if (this.#socket.send({ type: 'typing', is_typing: isTyping }))
      this.#saidTypingAt = isTyping ? now : null;
  }

  post(text: string, replyToId: string | null, isQuiet = false): void {
    this.#setPending(pending.add(this.pending, newId(), text, Date.now(), replyToId, isQuiet));
    this.#sendDue();
  }

  sendAgain(commandId: string): void {
    this.#setPending(pending.again(this.pending, commandId));
    this.#sendDue();
  }

  discard(commandId: string): void {
    this.#setPending(pending.discard(this.pending, commandId));
  }

  /** Does a command now; what is refused or cannot be sent is said in a toast. */
  async command<T extends CommandType>(type: T, data: Commands[T]): Promise<void> {
    const problem = await this.attempt(type, data);
    if (problem !== null) toasts.show(problem, 'danger');
  }

  /** Does a command now; answers why it was not done, or null. */
  async attempt<T extends CommandType>(type: T, data: Commands[T]): Promise<string | null> {
    try {
      await this.#ask(type, data);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : t('unknown_reason');
    }
  }

  /** Does a command now; rejects with the sentence of a refusal. */
  ask<T extends CommandType>(type: T, data: Commands[T]): Promise<void> {
    return this.#ask(type, data);
  }

  /** A message that something refers to; undefined while it is not known here. */
  find(id: string): MessageShape | null | undefined {
    return this.#loaded.get(id) ?? this.quoted.get(id);
  }

  /** Has a message that lies outside of the loaded ones, so that `find` knows it. */
  async fetchQuoted(id: string): Promise<void> {
    if (this.find(id) !== undefined || this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      const message = await api.message(this.roomId, id);
      this.quoted = withQuoted(this.quoted, id, message);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.quoted = withQuoted(this.quoted, id, null);
    } finally {
      this.#fetching.delete(id);
    }
  }

  /** Loads older pages until the message is there. False when it is out of reach. */
  async loadBackTo(id: string): Promise<boolean> {
    await this.fetchQuoted(id);
    const wanted = this.find(id);
    if (wanted === undefined || wanted === null) return false;
    for (let page = 0; page < JUMP_PAGES && !this.#loaded.has(id); page++) {
      const before = this.room?.messages[0]?.seq ?? 0;
      if (wanted.seq >= before) return false;
      await this.loadOlder();
      if (this.room?.messages[0]?.seq === before) return false;
    }
    return this.#loaded.has(id);
  }

  /** Several at once share one request. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#loadOlder().finally(() => (this.#older = null));
    return this.#older;
  }

  async #loadOlder(): Promise<void> {
    const oldest = this.room?.messages[0];
    if (this.room?.hasOlder !== true || oldest === undefined) return;
    this.isLoadingOlder = true;
    this.hasOlderFailed = false;
    try {
      const page = await api.olderMessages(this.roomId, oldest.seq, OLDER_PAGE);
      this.room = withOlder(this.room, page);
      this.#followStreams(page.messages);
    } catch {
      this.hasOlderFailed = true;
    } finally {
      this.isLoadingOlder = false;
    }
  }

  // --- What comes in --------------------------------------------------------------

  #onState(state: ConnectionState): void {
    if (state !== 'online' && this.connection === 'online') {
      this.#setPending(pending.disconnected(this.pending));
      this.votes.disconnected();
      this.#rejectAll();
      this.#setTyping(typing.NOBODY);
      this.#saidTypingAt = null;
    }
    this.connection = state;
  }

  #onFrame({ event, seq }: ReadFrame): void {
    if (event === null) {
      // A newer server's event, or one that cannot be read: its number still counts.
      if (seq !== null) this.#receive({ seq, change: null });
      return;
    }
    switch (event.type) {
      case 'hello':
        this.isOutdated = event.data.protocol !== PROTOCOL_VERSION;
        if (this.room !== null && this.room.epoch !== event.data.epoch) this.#forget();
        this.present = event.data.present_ids;
        this.#sendDue();
        this.votes.sendDue();
        return;
      case 'reconnect': // the socket's own
        return;
      case 'presence.changed':
        this.present = event.data.present_ids;
        return;
      case 'typing.changed':
        this.#setTyping(
          typing.hear(this.typing, event.data.participant_id, event.data.is_typing, Date.now()),
        );
        return;
      case 'snapshot':
        this.#load(event.data);
        return;
      case 'heartbeat':
        if (this.room !== null) this.#step(order.hear(this.#order, event.data.head_seq, Date.now()));
        return;
      case 'message.deltas':
        for (const delta of event.data.deltas) {
          if (this.texts.apply(delta) === 'gap') void this.#fetchMessage(delta.message_id);
        }
        return;
      case 'turn.progress':
        // A piece may come after the end of its turn.
        this.thoughts.hear(event.data.thoughts.filter(({ turn_id }) => !this.#hasEnded(turn_id)));
        return;
      case 'command.ok':
        this.#setPending(pending.accepted(this.pending, event.data.command_id));
        this.votes.accepted(event.data.command_id, event.data.result);
        this.#settleAnswer(event.data.command_id, null);
        return;
      case 'command.error':
        this.#onRefusal(event.data.command_id, event.data.message);
        return;
      default:
        if (event.seq !== null) this.#receive({ seq: event.seq, change: event });
    }
  }

  #hasEnded(turnId: string): boolean {
    const turn = this.room?.turns.findLast(({ id }) => id === turnId);
    return turn !== undefined && !isActive(turn);
  }

  #onRefusal(commandId: string | null, message: string): void {
    if (commandId === null) {
      toasts.show(message, 'danger');
      return;
    }
    this.#setPending(pending.refused(this.pending, commandId, message));
    this.votes.refused(commandId, message);
    this.#settleAnswer(commandId, new Error(message));
  }

  #receive(event: NumberedEvent): void {
    // Before the first snapshot there is nothing to apply it to; the snapshot holds it.
    if (this.room !== null) this.#step(order.receive(this.#order, event, Date.now()));
  }

  #step(step: order.Step<NumberedEvent>): void {
    this.#order = step.order;
    for (const { change } of step.ready) if (change !== null) this.#apply(change);
    clearTimeout(this.#orderTimer);
    if (step.wakeAt !== null) {
      const wait = Math.max(0, step.wakeAt - Date.now());
      this.#orderTimer = setTimeout(() => this.#step(order.tick(this.#order, Date.now())), wait);
    }
    if (step.shouldAsk) void this.#catchUp();
  }

  #apply(event: DurableEvent): void {
    if (this.room === null) return;
    const before = this.room;
    this.room = reduce(before, event);
    if (event.type === 'message.posted') {
      this.#followStreams([event.data.message]);
      this.#setTyping(typing.hear(this.typing, event.data.message.participant_id, false, Date.now()));
    }
    if (event.type === 'message.resumed') this.#followStreams([event.data.message]);
    if (event.type === 'message.finished') this.#endStream(event.data.message.id);
    if (event.type === 'turn.changed') this.thoughts.settle(event.data.turn);
    if ('message' in event.data) this.#setPending(pending.settle(this.pending, [event.data.message]));
    if (this.room !== before) announceEvent(this.room, event);
  }

  #load(snapshot: Snapshot): void {
    const now = Date.now();
    if (this.room !== null && this.room.epoch !== snapshot.epoch) this.#forget();
    // Asked for before the connection brought what is newer.
    if (snapshot.head_seq < this.#order.applied) return;
    this.texts.clear();
    this.thoughts.clear();
    this.room = fromSnapshot(snapshot);
    this.#followStreams(snapshot.messages);
    this.#setPending(pending.settle(this.pending, snapshot.messages));
    this.#step(order.restart(this.#order, snapshot.head_seq, now));
  }

  #forget(): void {
    this.room = null;
    this.texts.clear();
    this.thoughts.clear();
    this.#order = order.startOrder(0);
  }

  #followStreams(messages: readonly MessageShape[]): void {
    for (const message of messages) {
      if (message.state !== 'streaming') continue;
      // The state knows best: a replayed beginning of a finished message opens nothing.
      const current = this.room?.messages.find((known) => known.id === message.id) ?? message;
      if (current.state !== 'streaming') continue;
      if (this.texts.open(message) === 'gap') void this.#fetchMessage(message.id);
    }
  }

  #endStream(id: string): void {
    // A replayed first end of a message that goes on ends nothing.
    const current = this.room?.messages.find((known) => known.id === id);
    if (current?.state !== 'streaming') this.texts.close(id);
  }

  /** The whole of a message whose deltas have a hole. */
  async #fetchMessage(id: string): Promise<void> {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      const message = await api.message(this.roomId, id);
      if (this.room !== null) this.room = withMessage(this.room, message);
      if (message.state === 'streaming') this.texts.open(message);
      else this.#endStream(id);
    } catch {
      // The next delta asks again, and the end of the message has it whole.
    } finally {
      this.#fetching.delete(id);
    }
  }

  /** Fetches the events of a gap; a gap that is too large is answered with the whole room. */
  async #catchUp(): Promise<void> {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      const { events } = await api.missedEvents(this.roomId, this.#order.applied);
      for (const envelope of events) {
        if (envelope.seq === null) continue;
        const event = readEvent(envelope);
        this.#receive({ seq: envelope.seq, change: event !== null && isDurable(event) ? event : null });
      }
    } catch (error) {
      if (error instanceof ApiError && error.code === 'replay_too_far') await this.#reload();
    } finally {
      this.#isCatchingUp = false;
    }
  }

  async #reload(): Promise<void> {
    try {
      this.#load(await api.snapshot(this.roomId));
    } catch {
      // The order asks again in a few seconds.
    }
  }

  // --- What goes out --------------------------------------------------------------

  #sendDue(): void {
    if (this.connection !== 'online') return;
    for (const { commandId, text, replyToId, isQuiet } of pending.due(this.pending)) {
      const data = { text, reply_to_id: replyToId, is_quiet: isQuiet };
      const isSent = this.#socket.send({ type: 'message.post', command_id: commandId, data });
      if (!isSent) return;
      this.#setPending(pending.sent(this.pending, commandId));
    }
  }

  #ask<T extends CommandType>(type: T, data: Commands[T]): Promise<void> {
    const commandId = newId();
    return new Promise((resolve, reject) => {
      this.#answers.set(commandId, { resolve, reject });
      if (!this.#socket.send({ type, command_id: commandId, data })) {
        this.#settleAnswer(commandId, new Error(t('not_connected')));
      }
    });
  }

  #settleAnswer(commandId: string, error: Error | null): void {
    const answer = this.#answers.get(commandId);
    this.#answers.delete(commandId);
    if (error === null) answer?.resolve();
    else answer?.reject(error);
  }

  #rejectAll(): void {
    for (const commandId of [...this.#answers.keys()]) {
      this.#settleAnswer(commandId, new Error(t('not_connected')));
    }
  }

  #setTyping(next: typing.Typing): void {
    this.typing = next;
    clearTimeout(this.#typingTimer);
    const end = typing.nextEnd(next);
    if (end === null) return;
    const wait = Math.max(0, end - Date.now());
    this.#typingTimer = setTimeout(() => this.#setTyping(typing.forget(this.typing, Date.now())), wait);
  }

  #setPending(next: pending.Pending): void {
    if (next === this.pending) return;
    this.pending = next;
    tab.write(`pending:${this.roomId}`, keepPending(next));
  }
}

function isDurable(event: KnownEvent): event is DurableEvent {
  return event.seq !== null;
}
