import type {
  BallotShape,
  MemoryMark,
  BudgetAlertShape,
  HandShape,
  MessageShape,
  ParticipantShape,
  PollShape,
  RoomShape,
  RunShape,
  TurnShape,
  YouShape,
} from '../protocol/generated';

/** A room as this browser knows it. Only `reduce` makes new ones. */
export interface RoomState {
  readonly epoch: string;
  readonly room: RoomShape;
  readonly you: YouShape;
  readonly participants: ReadonlyMap<string, ParticipantShape>;
  /** By `seq`, oldest first, without a hole. */
  readonly messages: readonly MessageShape[];
  /** In the order they were first heard of. */
  readonly turns: readonly TurnShape[];
  readonly hasOlder: boolean;
  /** By the id of their message. */
  readonly polls: ReadonlyMap<string, PollShape>;
  /** Your own votes, by poll: no event tells them. */
  readonly ballots: ReadonlyMap<string, BallotShape>;
  /** What the room remembers of what was said long ago; null: nothing yet. */
  readonly memory: MemoryMark | null;
  /** Budgets that are nearly or wholly spent. */
  readonly budgets: readonly BudgetAlertShape[];
  /** Runs that something loaded belongs to, and the one that is on, by id. */
  readonly runs: ReadonlyMap<string, RunShape>;
  /** Hands that are up, the oldest first. */
  readonly hands: readonly HandShape[];
}

/** Whether the server would take what you write; it decides again. */
export function mayWrite({ room, you }: RoomState): boolean {
  return you.role !== 'viewer' && room.archived_at === null;
}

/** Also in an archived room. */
export function mayStop({ you }: RoomState): boolean {
  return you.role !== 'viewer';
}

/** Why personas spoke, and what they were given. */
export function mayInspect({ you }: RoomState): boolean {
  return you.role !== 'viewer';
}

export function isActive(turn: TurnShape): boolean {
  return turn.state === 'queued' || turn.state === 'running';
}

/** The index of the first message whose `seq` is at least `seq`. */
export function indexOfSeq(messages: readonly MessageShape[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = messages[middle];
    if (at !== undefined && at.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function byId(messages: readonly MessageShape[]): ReadonlyMap<string, MessageShape> {
  return new Map(messages.map((message) => [message.id, message]));
}

/** Messages that were fetched only to be quoted; null where there is none. */
export type Quoted = ReadonlyMap<string, MessageShape | null>;

export const NONE_QUOTED: Quoted = new Map();

export function withQuoted(quoted: Quoted, id: string, message: MessageShape | null): Quoted {
  return new Map(quoted).set(id, message);
}
