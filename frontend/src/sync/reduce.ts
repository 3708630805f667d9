/**
 * The only place where a room's state changes. Live, replayed and fetched events all
 * come through here, whole shapes as upserts, so that what comes twice does no harm.
 */
import type {
  BallotShape,
  BudgetAlertShape,
  HandShape,
  KnownEvent,
  MessageShape,
  PollShape,
  RunShape,
  Snapshot,
  TurnShape,
} from '../protocol/generated';
import { indexOfSeq, isActive, type RoomState } from './model';

export type DurableEvent = Extract<
  KnownEvent,
  {
    type:
      | 'room.changed'
      | 'participant.changed'
      | 'message.posted'
      | 'message.finished'
      | 'message.resumed'
      | 'turn.changed'
      | 'poll.changed'
      | 'memory.changed'
      | 'budget.changed'
      | 'run.changed'
      | 'hand.changed';
  }
>;

export interface OlderPage {
  readonly messages: readonly MessageShape[];
  readonly turns: readonly TurnShape[];
  readonly has_older: boolean;
  readonly polls: readonly PollShape[];
  readonly ballots: readonly BallotShape[];
  readonly budgets: readonly BudgetAlertShape[];
  readonly runs: readonly RunShape[];
}

export function fromSnapshot(snapshot: Snapshot): RoomState {
  return {
    epoch: snapshot.epoch,
    room: snapshot.room,
    you: snapshot.you,
    participants: new Map(snapshot.participants.map((p) => [p.id, p])),
    messages: snapshot.messages,
    turns: snapshot.turns,
    hasOlder: snapshot.has_older,
    polls: new Map(snapshot.polls.map((poll) => [poll.id, poll])),
    ballots: new Map(snapshot.ballots.map((ballot) => [ballot.poll_id, ballot])),
    memory: snapshot.memory[0] ?? null,
    budgets: snapshot.budgets,
    runs: new Map(snapshot.runs.map((run) => [run.id, run])),
    hands: snapshot.hands,
  };
}

export function reduce(state: RoomState, event: DurableEvent): RoomState {
  switch (event.type) {
    case 'room.changed':
      return { ...state, room: event.data.room };
    case 'participant.changed': {
      const { participant } = event.data;
      const participants = new Map(state.participants).set(participant.id, participant);
      const isMe = participant.id === state.you.participant_id;
      return { ...state, participants, you: isMe ? { ...state.you, role: participant.role } : state.you };
    }
    case 'message.posted':
    case 'message.finished':
    case 'message.resumed':
      return withMessage(state, event.data.message);
    case 'turn.changed':
      return { ...state, turns: withTurn(state.turns, event.data.turn) };
    case 'poll.changed':
      return withPoll(state, event.data.poll);
    case 'memory.changed': {
      const { memory } = event.data;
      const isStale = state.memory !== null && state.memory.version > memory.version;
      return isStale ? state : { ...state, memory };
    }
    case 'budget.changed':
      return { ...state, budgets: withBudget(state.budgets, event.data.budget) };
    case 'run.changed':
      return withRun(state, event.data.run);
    case 'hand.changed':
      return { ...state, hands: withHand(state.hands, event.data.hand) };
  }
}

/** A message fetched on its own, after a gap in its deltas. */
export function withMessage(state: RoomState, message: MessageShape): RoomState {
  const { messages } = state;
  const oldest = messages[0];
  // Older than what is loaded: it comes with its page, and alone it would leave a hole.
  if (oldest !== undefined && state.hasOlder && message.seq < oldest.seq) return state;
  const index = indexOfSeq(messages, message.seq);
  const known = messages[index];
  if (known?.id !== message.id) return { ...state, messages: messages.toSpliced(index, 0, message) };
  if (!isNewer(message, known)) return state;
  return { ...state, messages: messages.with(index, message) };
}

export function withOlder(state: RoomState, page: OlderPage): RoomState {
  const oldest = state.messages[0];
  const older = oldest === undefined ? page.messages : page.messages.filter((m) => m.seq < oldest.seq);
  const known = new Set(state.turns.map((turn) => turn.id));
  return {
    ...state,
    messages: [...older, ...state.messages],
    turns: [...page.turns.filter((turn) => !known.has(turn.id)), ...state.turns],
    hasOlder: page.has_older,
    polls: new Map([...page.polls.map((poll) => [poll.id, poll] as const), ...state.polls]),
    ballots: new Map([...page.ballots.map((mine) => [mine.poll_id, mine] as const), ...state.ballots]),
    budgets: page.budgets.reduce(
      (all, one) => (all.some(({ id }) => id === one.id) ? all : [...all, one]),
      [...state.budgets],
    ),
    runs: new Map([...page.runs.map((run) => [run.id, run] as const), ...state.runs]),
  };
}

/** Your own vote, as the server answered it. */
export function withBallot(state: RoomState, ballot: BallotShape): RoomState {
  const ballots = new Map(state.ballots);
  if (ballot.choices.length > 0) ballots.set(ballot.poll_id, ballot);
  else ballots.delete(ballot.poll_id);
  return { ...state, ballots };
}

/** A snapshot's rows may be later than its number: an earlier count is not news. */
function withPoll(state: RoomState, poll: PollShape): RoomState {
  const known = state.polls.get(poll.id);
  if (known !== undefined && known.revision >= poll.revision) return state;
  return { ...state, polls: new Map(state.polls).set(poll.id, poll) };
}

/** As with a poll: an earlier state is not news. */
function withRun(state: RoomState, run: RunShape): RoomState {
  const known = state.runs.get(run.id);
  if (known !== undefined && known.revision >= run.revision) return state;
  return { ...state, runs: new Map(state.runs).set(run.id, run) };
}

/**
 * A snapshot's rows may be later than its number, and the events in between come again:
 * they must not take a finished message back to its beginning, nor one that goes on to its
 * first end. Each writer's fence is above the one before.
 */
function isNewer(message: MessageShape, known: MessageShape): boolean {
  if (message.fence !== known.fence) return message.fence > known.fence;
  if (message.state !== 'streaming') return true;
  return known.state === 'streaming' && message.index >= known.index;
}

function withTurn(turns: readonly TurnShape[], turn: TurnShape): readonly TurnShape[] {
  const index = turns.findLastIndex((known) => known.id === turn.id);
  const known = turns[index];
  if (known === undefined) return [...turns, turn];
  const isStale = rank(turn) < rank(known);
  return isStale ? turns : turns.with(index, turn);
}

/** One that has enough left again is not kept. */
function withBudget(
  budgets: readonly BudgetAlertShape[],
  budget: BudgetAlertShape,
): readonly BudgetAlertShape[] {
  if (budget.level === 'ok') return budgets.filter(({ id }) => id !== budget.id);
  const index = budgets.findIndex(({ id }) => id === budget.id);
  return index < 0 ? [...budgets, budget] : budgets.with(index, budget);
}

/** Those that are up, the oldest first: one that came down, or became a turn, is not kept. */
function withHand(hands: readonly HandShape[], hand: HandShape): readonly HandShape[] {
  const others = hands.filter(({ id }) => id !== hand.id);
  if (hand.state === 'lowered' || hand.turn_id !== null) return others;
  const index = others.findIndex((one) => placeOf(one) > placeOf(hand));
  return others.toSpliced(index < 0 ? others.length : index, 0, hand);
}

function placeOf({ raised_at, id }: HandShape): string {
  return `${raised_at} ${id}`;
}

function rank(turn: TurnShape): number {
  // What was sealed, or only handed in, gets its message after its end.
  if (!isActive(turn)) return turn.run?.is_sealed === true ? 3 : turn.message_id === null ? 4 : 5;
  return turn.state === 'queued' ? 0 : turn.message_id === null ? 1 : 2;
}
