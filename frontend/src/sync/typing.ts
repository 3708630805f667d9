/** Who is writing a message now. Pure: the clock is an argument. */
import type { RoomState } from './model';

/** So long after they were last heard of somebody is taken to write. */
export const TYPING_MS = 5_000;
/** Whoever goes on writing says so again after this. */
export const SAY_AGAIN_MS = 3_000;

/** Participant id to the moment at which they are forgotten. */
export type Typing = ReadonlyMap<string, number>;

export const NOBODY: Typing = new Map();

export function hear(typing: Typing, id: string, isTyping: boolean, now: number): Typing {
  if (!isTyping && !typing.has(id)) return typing;
  const next = new Map(typing);
  // Again at the end: the order is that in which they began.
  if (isTyping) next.set(id, now + TYPING_MS);
  else next.delete(id);
  return next;
}

/** Without those whose time is over. */
export function forget(typing: Typing, now: number): Typing {
  const left = [...typing].filter(([, until]) => until > now);
  return left.length === typing.size ? typing : new Map(left);
}

/** When `forget` has something to do next; null while nobody writes. */
export function nextEnd(typing: Typing): number | null {
  return typing.size === 0 ? null : Math.min(...typing.values());
}

/** The names of the others who write, who are still in the room. */
export function typists(typing: Typing, room: RoomState): readonly string[] {
  return [...typing.keys()]
    .filter((id) => id !== room.you.participant_id)
    .map((id) => room.participants.get(id))
    .filter((who) => who !== undefined && who.left_at === null)
    .map((who) => who?.name ?? '');
}

/** Whether to say it now: a change at once, going on only now and then. */
export function shouldSay(isTyping: boolean, saidAt: number | null, now: number): boolean {
  return isTyping ? saidAt === null || now - saidAt >= SAY_AGAIN_MS : saidAt !== null;
}
