import { describe, expect, it } from 'vitest';
import type { OutcomeShape } from '../../protocol/generated';
import { fromSnapshot } from '../../sync/reduce';
import { message, run, snapshot, turn } from '../../sync/shapes.testing';
import { turnView } from '../room/view';
import { byGoal, endedUnder, liveRun, pinnedRuns } from './place';

const PART = {
  phase: 'openings',
  round: 1,
  part: 'opening',
  task: '',
  is_sealed: false,
  is_retaken: false,
} as const;
const AFTER = '2026-01-05T12:10:00.000Z';
const BEFORE = '2026-01-05T11:50:00.000Z';
const OUTCOME: OutcomeShape = {
  decision: 'Friday',
  is_decided: true,
  message_ids: [],
  before: [],
  after: [],
  changed: [],
  minority: [],
  questions: [],
  tasks: [],
  edited_by: null,
  edited_at: null,
  is_pinned: false,
};

function under(...parts: Parameters<typeof snapshot>) {
  const room = fromSnapshot(snapshot(...parts));
  const found = endedUnder(room, turnView(room.turns, room.messages).byId);
  return [...found].map(([id, runs]) => [id, runs.map((one) => one.id)]);
}

describe('where a run stands', () => {
  const ended = run('r1', { state: 'ended', ended_at: '2026-01-05T12:05:00.000Z' });

  it('is on until it has ended, also while it is paused', () => {
    const paused = run('r2', { state: 'paused', message_id: 'm2' });
    const room = fromSnapshot(snapshot({ runs: [ended, paused] }));
    expect(liveRun(room)).toBe(paused);
    expect(liveRun(fromSnapshot(snapshot({ runs: [ended] })))).toBeUndefined();
    expect(byGoal(room).get('m2')).toBe(paused);
  });

  it('ends under the last message of its time, whoever wrote it', () => {
    const messages = [message(1), message(2), message(3, { created_at: AFTER })];
    expect(under({ messages, runs: [ended] })).toEqual([['m2', ['r1']]]);
  });

  it('ends under what was shown of it in the moment after', () => {
    const shown = turn('t1', { state: 'done', message_id: 'm2', run: { run_id: 'r1', number: 1, ...PART } });
    const messages = [message(1), message(2, { turn_id: 't1', created_at: AFTER })];
    expect(under({ messages, turns: [shown], runs: [ended] })).toEqual([['m2', ['r1']]]);
  });

  it('is kept in sight while its outcome is pinned, the oldest first', () => {
    const pinned = (id: string, created_at: string) =>
      run(id, { state: 'ended', created_at, outcome: { ...OUTCOME, is_pinned: true } });
    const runs = [pinned('r3', AFTER), run('r2', { state: 'ended', outcome: OUTCOME }), pinned('r1', BEFORE)];
    expect(pinnedRuns(fromSnapshot(snapshot({ runs }))).map(({ id }) => id)).toEqual(['r1', 'r3']);
  });

  it('waits for older messages where its own are not loaded', () => {
    expect(under({ messages: [message(3, { created_at: AFTER })], runs: [ended] })).toEqual([]);
  });
});
