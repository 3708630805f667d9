/** What the timeline shows, derived from the room's state. Pure. */
import { isSameDay } from '../../lib/time';
import type { MessageShape, RunShape, TurnShape } from '../../protocol/generated';
import { isActive } from '../../sync/model';

const GROUP_MS = 5 * 60_000;

/** Turns as the timeline needs them. */
export interface TurnView {
  readonly byId: ReadonlyMap<string, TurnShape>;
  /** Those that wrote a message, or go on with it: several where it was cut off. */
  readonly ofMessage: ReadonlyMap<string, readonly TurnShape[]>;
  /** Settled without a message of their own: shown under what woke them. */
  readonly notes: ReadonlyMap<string, readonly TurnShape[]>;
  /** Under way and without a message yet. */
  readonly thinking: readonly TurnShape[];
  /** Answers of a run that are in, and shown with all others of their phase. */
  readonly sealed: readonly TurnShape[];
  readonly active: readonly TurnShape[];
  /** Asked for again since: a second answer is there, or on its way. */
  readonly retried: ReadonlySet<string>;
}

export function turnView(turns: readonly TurnShape[], messages: readonly MessageShape[]): TurnView {
  const speaking = new Set<string>();
  for (const message of messages) if (message.turn_id !== null) speaking.add(message.turn_id);
  const byId = new Map(turns.map((turn) => [turn.id, turn]));
  const active = turns.filter(isActive);
  const thinking = active.filter((turn) => turn.message_id === null && !speaking.has(turn.id));
  const notes = new Map<string, TurnShape[]>();
  const ofMessage = new Map<string, TurnShape[]>();
  const asked = new Map<string, readonly string[]>();
  const retried = new Set<string>();
  // Nobody looks for what happened in the middle of a run under its goal.
  const lastOfRun = new Map<string, string>();
  const below = (turn: TurnShape) =>
    (turn.run === null ? undefined : lastOfRun.get(turn.run.run_id)) ?? turn.trigger_message_id;
  for (const turn of turns) {
    if (turn.run?.is_retaken === true) retried.add(turn.id);
    const pair = `${turn.trigger_message_id} ${turn.participant_id}`;
    const earlier = asked.get(pair) ?? [];
    // One that was refused may have been granted since; then it is called again.
    for (const id of earlier)
      if (turn.cause === 'retry' || byId.get(id)?.state === 'blocked') retried.add(id);
    asked.set(pair, [...earlier, turn.id]);
    if (turn.message_id !== null && turn.run !== null) lastOfRun.set(turn.run.run_id, turn.message_id);
    if (turn.message_id !== null)
      ofMessage.set(turn.message_id, [...(ofMessage.get(turn.message_id) ?? []), turn]);
    if (isActive(turn) || turn.state === 'done' || turn.message_id !== null || speaking.has(turn.id))
      continue;
    notes.set(below(turn), [...(notes.get(below(turn)) ?? []), turn]);
  }
  const sealed = turns.filter(
    (turn) => turn.run?.is_sealed === true && turn.state === 'done' && turn.message_id === null,
  );
  return { byId, ofMessage, notes, thinking, sealed, active, retried };
}

/**
 * Whether asking again makes sense: a turn of a run is the run's, which takes it again while it is in the
 * same phase. Beside it, or when it is over, the reply would answer nobody; and a leader has decided by
 * then what follows.
 */
export function isRetryable(turn: TurnShape | undefined, runs: ReadonlyMap<string, RunShape>): boolean {
  if (turn === undefined || turn.run === null) return turn !== undefined;
  const { run_id, phase, part } = turn.run;
  const run = runs.get(run_id);
  if (run === undefined || run.state === 'ended') return false;
  return run.phase === phase && part !== 'leader' && part !== 'follower';
}

export function startsDay(message: MessageShape, previous: MessageShape | undefined): boolean {
  return previous === undefined || !isSameDay(message.created_at, previous.created_at);
}

/**
 * Whether a message goes on from the one above, without its author's name again: not where
 * something else stands between the two.
 */
export function isGrouped(
  message: MessageShape,
  previous: MessageShape | undefined,
  notes: TurnView['notes'],
): boolean {
  if (previous === undefined || previous.participant_id !== message.participant_id) return false;
  if (notes.has(previous.id)) return false;
  if (message.kind !== 'chat' || previous.kind !== 'chat') return false;
  if (message.turn_id !== null || message.reply_to_id !== null || startsDay(message, previous)) return false;
  return Date.parse(message.created_at) - Date.parse(previous.created_at) < GROUP_MS;
}

/** Whether a reply ended before its end: then its persona can be asked to go on. */
export function wasCutOff(message: MessageShape): boolean {
  if (message.text.trim() === '' || message.state === 'streaming') return false;
  return message.state !== 'complete' || message.error?.code === 'length';
}

const QUOTE_CHARACTERS = 160;

/** What a quote shows of a message: its first line with something in it. */
export function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? text;
  const plain = line.replace(/^[\s>#*+-]+|[*`]+/g, '').trim();
  const characters = Array.from(plain);
  return characters.length > QUOTE_CHARACTERS ? `${characters.slice(0, QUOTE_CHARACTERS).join('')}…` : plain;
}

/** Whether a message shows what it replies to: not a persona right below who called it. */
export function showsQuote(message: MessageShape, previous: MessageShape | undefined): boolean {
  if (message.reply_to_id === null) return false;
  return message.turn_id === null || message.reply_to_id !== previous?.id;
}
