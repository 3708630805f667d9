/** Shapes for tests, with what a test does not care about filled in. */
import type {
  HandShape,
  MessageShape,
  ParticipantShape,
  PollShape,
  RunShape,
  Snapshot,
  TurnShape,
} from '../protocol/generated';
import type { DurableEvent } from './reduce';

const AT = '2026-01-05T12:00:00.000Z';

export function message(seq: number, change: Partial<MessageShape> = {}): MessageShape {
  return {
    id: `m${seq}`,
    seq,
    kind: 'chat',
    participant_id: 'alice',
    text: `text ${seq}`,
    state: 'complete',
    error: null,
    reply_to_id: null,
    is_quiet: false,
    turn_id: null,
    command_id: null,
    fence: 0,
    index: 0,
    created_at: AT,
    finished_at: AT,
    ...change,
  };
}

export function participant(id: string, change: Partial<ParticipantShape> = {}): ParticipantShape {
  return {
    id,
    kind: 'human',
    name: id,
    aliases: [],
    title: '',
    description: '',
    avatar: '',
    color: 0,
    role: 'member',
    model: null,
    is_scripted: false,
    has_tools: null,
    style: 'conversational',
    joined_at: AT,
    left_at: null,
    is_muted: false,
    is_banned: false,
    ...change,
  };
}

export function turn(id: string, change: Partial<TurnShape> = {}): TurnShape {
  return {
    id,
    participant_id: 'ada',
    trigger_message_id: 'm1',
    cause: 'mention',
    depth: 1,
    state: 'queued',
    error: null,
    message_id: null,
    cut_speaker: null,
    thought_seconds: null,
    model: 'demo/engineer',
    failed_models: [],
    is_scripted: true,
    usage: null,
    run: null,
    created_at: AT,
    started_at: null,
    ended_at: null,
    ...change,
  };
}

export function poll(id: string, change: Partial<PollShape> = {}): PollShape {
  const none = { total: 0, people: 0, personas: 0 };
  return {
    id,
    participant_id: 'alice',
    question: 'Which day?',
    options: ['Monday', 'Friday'],
    is_multiple: false,
    is_anonymous: false,
    is_sealed: false,
    persona_voting: 'may',
    created_at: AT,
    closes_at: null,
    closed_at: null,
    closed_by_id: null,
    voters: none,
    tally: [none, none],
    shared_models: [],
    electorate: null,
    revision: 1,
    ...change,
  };
}

export function run(id: string, change: Partial<RunShape> = {}): RunShape {
  return {
    id,
    revision: 1,
    mode: 'debate',
    goal: 'Monday or Friday?',
    message_id: 'm1',
    started_by: 'alice',
    cast: ['ada', 'bo'],
    offices: [],
    choices: [],
    rounds: 2,
    state: 'running',
    phase: 'openings',
    round: 1,
    turns: 0,
    max_turns: 12,
    now_ids: [],
    is_sealed: false,
    in_ids: [],
    cost_usd: 0,
    unpriced_turns: 0,
    tokens: 0,
    max_usd: null,
    seconds: 0,
    counted_from: AT,
    question: null,
    end: null,
    outcome: null,
    created_at: AT,
    ended_at: null,
    ...change,
  };
}

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    epoch: 'e1',
    head_seq: 0,
    room: {
      id: 'r',
      name: 'Room',
      description: '',
      visibility: 'link',
      invite: 'i',
      default_model: '',
      fallback_models: [],
      wake_policy: 'silent',
      hands: 'people',
      memory_tokens: null,
      limits: {
        chain_depth: null,
        chain_turns: null,
        chain_tokens: null,
        chain_usd: null,
        day_usd: null,
        person_day_usd: null,
      },
      created_at: AT,
      archived_at: null,
    },
    you: { participant_id: 'alice', role: 'owner' },
    participants: [participant('alice'), participant('ada', { kind: 'persona' })],
    messages: [],
    has_older: false,
    turns: [],
    polls: [],
    ballots: [],
    memory: [],
    budgets: [],
    runs: [],
    hands: [],
    ...change,
  };
}

export function posted(shape: MessageShape): DurableEvent {
  return { type: 'message.posted', seq: shape.seq, at: AT, data: { message: shape } };
}

export function finished(shape: MessageShape, seq: number): DurableEvent {
  return { type: 'message.finished', seq, at: AT, data: { message: shape } };
}

export function turned(shape: TurnShape, seq: number): DurableEvent {
  return { type: 'turn.changed', seq, at: AT, data: { turn: shape } };
}

export function hand(id: string, change: Partial<HandShape> = {}): HandShape {
  return {
    id,
    participant_id: 'ada',
    line: 'We tried that.',
    source: 'tool',
    message_id: 'm1',
    run_id: null,
    state: 'raised',
    turn_id: null,
    by: null,
    raised_at: AT,
    ended_at: null,
    ...change,
  };
}

export function handChanged(shape: HandShape, seq: number): DurableEvent {
  return { type: 'hand.changed', seq, at: AT, data: { hand: shape } };
}
