/** What is shown of a run, derived from it and who is in the room. Pure. */
import { t } from '../../lib/text.runs';
import type { OutcomeShape, RunShape, RunTurnShape, TurnShape } from '../../protocol/generated';
import { isActive, mayWrite, type RoomState } from '../../sync/model';
import { money } from './draft';

const LIST = new Intl.ListFormat('en', { style: 'long', type: 'conjunction' });

export function nameOf({ participants }: RoomState, id: string): string {
  return participants.get(id)?.name ?? t('someone');
}

export function namesOf(room: RoomState, ids: readonly string[]): string {
  return LIST.format([...new Set(ids)].map((id) => nameOf(room, id)));
}

/** What a message is in its run: "opening", "rebuttal 2"; blank where that says nothing. */
export function partWords(turn: RunTurnShape | null): string {
  if (turn === null) return t('run_part_goal');
  const part = t(`run_part_${turn.part}`) || turn.phase;
  return turn.round > 1 ? `${part} ${turn.round}` : part;
}

/** Who is at work or next, in a sentence or two. `typists` are people who write just now. */
export function nowWords(room: RoomState, run: RunShape, typists: readonly string[]): string {
  const active = room.turns.filter((turn) => turn.run?.run_id === run.id && isActive(turn));
  const isHeld = typists.length > 0 && !active.some(({ state }) => state === 'running');
  const words: string[] = [];
  if (run.state === 'paused') words.push(...pausedWords(room, run, active));
  else if (isHeld) words.push(t('run_held', { names: LIST.format(typists) }));
  else if (active.length === 0) words.push(t('run_deciding'));
  else words.push(...activeWords(room, active));
  if (run.is_sealed && run.in_ids.length > 0) {
    const of = new Set([...run.in_ids, ...run.now_ids]).size;
    words.push(t('run_sealed_in', { count: run.in_ids.length, of }));
  }
  return words.join(' ');
}

function pausedWords(room: RoomState, run: RunShape, active: readonly TurnShape[]): readonly string[] {
  if (run.question !== null) return [];
  if (active.length === 0) return [t('run_paused_words')];
  return [t('run_paused_words'), t('run_finishing', { names: namesOf(room, byWhom(active)) })];
}

function activeWords(room: RoomState, active: readonly TurnShape[]): readonly string[] {
  const running = byWhom(active.filter(({ state }) => state === 'running'));
  const waiting = active.filter(({ state }) => state === 'queued');
  const isPerson = (turn: TurnShape) => room.participants.get(turn.participant_id)?.kind === 'human';
  const queued = byWhom(waiting.filter((turn) => !isPerson(turn)));
  const people = byWhom(waiting.filter(isPerson));
  const words: string[] = [];
  if (running.length > 0) {
    const kind = active.some(({ run }) => run?.is_sealed) ? 'sealed' : 'speaking';
    const key = `run_${kind}_${running.length === 1 ? 'one' : 'some'}` as const;
    words.push(t(key, { names: namesOf(room, running) }));
  }
  if (queued.length > 0) words.push(t('run_next', { names: namesOf(room, queued) }));
  if (people.length > 0) words.push(t('run_awaits', { names: namesOf(room, people) }));
  return words;
}

function byWhom(turns: readonly TurnShape[]): readonly string[] {
  return [...new Set(turns.map(({ participant_id }) => participant_id))];
}

/** What you are asked to answer yourself. */
export function myTurn(room: RoomState, run: RunShape): TurnShape | undefined {
  const { participant_id: me } = room.you;
  return room.turns.find(
    (turn) => turn.run?.run_id === run.id && turn.participant_id === me && isActive(turn),
  );
}

/** "debate · openings · turn 2 of at most 14 · $0.02 spent", without the mode. */
export function progressWords(run: RunShape): readonly string[] {
  const words = run.phase === '' ? [] : [run.phase];
  if (run.round > 1) words.push(t('run_round', { round: run.round }));
  words.push(t('run_turn', { number: run.turns, most: run.max_turns }));
  const spent = spentWords(run);
  return spent === '' ? words : [...words, spent];
}

/** Blank where nothing was spent that anybody limits. */
export function spentWords(run: RunShape): string {
  const cost = money(run.cost_usd);
  if (run.unpriced_turns > 0) return t('run_spent_unpriced', { cost, count: run.unpriced_turns });
  if (run.max_usd !== null) return t('run_spent_of', { cost, most: money(run.max_usd) });
  return run.cost_usd > 0 ? t('run_spent', { cost }) : '';
}

export interface Support {
  readonly choice: string;
  /** Null where there was no first vote. */
  readonly before: number | null;
  readonly after: number;
  readonly personIds: readonly string[];
  readonly confidence: number | null;
  /** Of the bar, in percent. */
  readonly share: number;
}

/** Whether there was a last vote besides the first. */
export function hasMoved({ before, after }: OutcomeShape): boolean {
  return before.length > 0 && JSON.stringify(before) !== JSON.stringify(after);
}

/** Every choice that had a vote, the most supported first. */
export function tally(outcome: OutcomeShape): readonly Support[] {
  const { before, after } = outcome;
  const isMoved = hasMoved(outcome);
  const choices = [...new Set([...after, ...before].map(({ choice }) => choice))];
  const votes = Math.max(1, after.map(({ participant_ids }) => participant_ids.length).reduce(sum, 0));
  const rows = choices.map((choice): Support => {
    const last = after.find((one) => one.choice === choice);
    const first = before.find((one) => one.choice === choice);
    const personIds = last?.participant_ids ?? [];
    return {
      choice,
      before: isMoved ? (first?.participant_ids.length ?? 0) : null,
      after: personIds.length,
      personIds,
      confidence: last?.confidence ?? null,
      share: (100 * personIds.length) / votes,
    };
  });
  return rows.toSorted((one, other) => other.after - one.after);
}

function sum(one: number, other: number): number {
  return one + other;
}

/** The server asks the same: who started it, an owner or a moderator. */
export function mayEdit(room: RoomState, run: RunShape): boolean {
  const isKeeper = room.you.role === 'owner' || room.you.role === 'moderator';
  return mayWrite(room) && (isKeeper || run.started_by === room.you.participant_id);
}

export function votesWords({ before, after }: Pick<Support, 'before' | 'after'>): string {
  return before === null ? String(after) : `${before} → ${after}`;
}

export function changedWords(room: RoomState, one: OutcomeShape['changed'][number]): string {
  return t('run_changed_words', {
    name: nameOf(room, one.participant_id),
    before: one.before,
    after: one.after,
  });
}

export function minorityWords(room: RoomState, one: OutcomeShape['minority'][number]): string {
  return t('run_minority_words', { name: nameOf(room, one.participant_id), choice: one.choice });
}
