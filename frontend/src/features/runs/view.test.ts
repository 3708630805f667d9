import { describe, expect, it } from 'vitest';
import type { OutcomeShape, RunTurnShape } from '../../protocol/generated';
import { fromSnapshot } from '../../sync/reduce';
import { participant, run, snapshot, turn } from '../../sync/shapes.testing';
import { mayEdit, nowWords, partWords, progressWords, tally } from './view';

const PART: RunTurnShape = {
  run_id: 'r1',
  number: 1,
  phase: 'openings',
  round: 1,
  part: 'opening',
  task: '',
  is_sealed: false,
  is_retaken: false,
};
const PEOPLE = [
  participant('alice', { name: 'Alice' }),
  participant('ada', { name: 'Ada', kind: 'persona' }),
  participant('bo', { name: 'Bo', kind: 'persona' }),
];
const OUTCOME: OutcomeShape = {
  decision: 'Friday',
  is_decided: true,
  message_ids: ['m4'],
  before: [
    { choice: 'Monday', participant_ids: ['ada', 'bo'], confidence: 60 },
    { choice: 'Friday', participant_ids: ['cy'], confidence: 70 },
  ],
  after: [
    { choice: 'Friday', participant_ids: ['ada', 'cy'], confidence: 80 },
    { choice: 'Monday', participant_ids: ['bo'], confidence: null },
  ],
  changed: [
    { participant_id: 'ada', before: 'Monday', after: 'Friday', reason: 'Cy is right.', message_ids: [] },
  ],
  minority: [{ participant_id: 'bo', choice: 'Monday', reason: '', message_ids: ['m5'] }],
  questions: [{ text: 'Who has the key?', message_ids: [] }],
  tasks: [],
  edited_by: null,
  edited_at: null,
  is_pinned: false,
};

const room = (turns: Parameters<typeof turn>[1][] = [], you: 'owner' | 'member' | 'viewer' = 'member') =>
  fromSnapshot(
    snapshot({
      participants: PEOPLE,
      turns: turns.map((change, i) => turn(`t${i}`, { run: PART, ...change })),
      you: { participant_id: 'alice', role: you },
    }),
  );

describe('who is at work in a run', () => {
  it('is told by name, and who comes next', () => {
    const now = room([
      { participant_id: 'ada', state: 'running' },
      { participant_id: 'bo', state: 'queued' },
    ]);
    expect(nowWords(now, run('r1'), [])).toBe('Ada is speaking. Next: Bo.');
    expect(nowWords(room(), run('r1'), [])).toBe('Deciding who is next.');
  });

  it('is told without a word of what is sealed, with how many answers are in', () => {
    const sealed = { ...PART, is_sealed: true };
    const now = room([
      { participant_id: 'ada', state: 'running', run: sealed },
      { participant_id: 'bo', state: 'done', run: sealed },
    ]);
    const going = run('r1', { is_sealed: true, in_ids: ['bo'], now_ids: ['ada'] });
    expect(nowWords(now, going, [])).toBe('Ada is writing, unseen by the others. 1 of 2 answers are in.');
  });

  it('is a person too, whose answer it waits for', () => {
    const now = room([{ participant_id: 'alice', state: 'queued' }]);
    expect(nowWords(now, run('r1'), [])).toBe('It waits for the answer of Alice.');
  });

  it('is held by a person who writes, but not in the middle of a turn', () => {
    expect(nowWords(room([{ state: 'queued' }]), run('r1'), ['Bob'])).toBe('It waits while Bob writes.');
    expect(nowWords(room([{ state: 'running' }]), run('r1'), ['Bob'])).toBe('Ada is speaking.');
  });

  it('is nobody in a pause, but who may finish; and a question speaks for itself', () => {
    const paused = run('r1', { state: 'paused' });
    expect(nowWords(room(), paused, [])).toBe('Paused: nobody begins until somebody resumes it.');
    expect(nowWords(room([{ state: 'running' }]), paused, [])).toContain('Ada may finish.');
    const asks = run('r1', { state: 'paused', question: { text: 'Which?', options: [] } });
    expect(nowWords(room(), asks, [])).toBe('');
  });
});

describe('how far a run is', () => {
  it('has its phase, its turn and what it spent, as far as there is any', () => {
    expect(progressWords(run('r1', { turns: 2 }))).toEqual(['openings', 'turn 2 of at most 12']);
    const more = run('r1', { phase: 'rebuttals', round: 2, turns: 6, cost_usd: 0.02 });
    expect(progressWords(more)).toEqual(['rebuttals', 'round 2', 'turn 6 of at most 12', '$0.02 spent']);
    expect(progressWords({ ...more, max_usd: 1 }).at(-1)).toBe('$0.02 of at most $1.00 spent');
    expect(progressWords({ ...more, unpriced_turns: 3 }).at(-1)).toBe(
      '$0.02 spent, and 3 turns without a known price',
    );
  });

  it('is said beside each message', () => {
    expect(partWords(null)).toBe('the question');
    expect(partWords(PART)).toBe('opening');
    expect(partWords({ ...PART, part: 'rebuttal', round: 2 })).toBe('rebuttal 2');
    expect(partWords({ ...PART, part: 'speaker', phase: 'rounds' })).toBe('rounds');
  });
});

describe('the outcome of a run', () => {
  it('counts the last votes beside the first, the most first', () => {
    expect(tally(OUTCOME).map(({ choice, before, after }) => [choice, before, after])).toEqual([
      ['Friday', 1, 2],
      ['Monday', 2, 1],
    ]);
    expect(tally({ ...OUTCOME, before: [] })[0]?.before).toBeNull();
    // They agreed at once: there was one vote.
    expect(tally({ ...OUTCOME, before: OUTCOME.after })[0]?.before).toBeNull();
  });

  it('may be edited by who started it, owners and moderators', () => {
    expect(mayEdit(room(), run('r1'))).toBe(true);
    expect(mayEdit(room(), run('r1', { started_by: 'bob' }))).toBe(false);
    expect(mayEdit(room([], 'owner'), run('r1', { started_by: 'bob' }))).toBe(true);
    expect(mayEdit(room([], 'viewer'), run('r1'))).toBe(false);
  });
});
