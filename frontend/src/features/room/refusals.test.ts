import { expect, it } from 'vitest';
import { turn } from '../../sync/shapes.testing';
import { split } from './refusals';

const refused = (id: string, persona: string, code: string, message = code) =>
  turn(id, { participant_id: persona, state: 'blocked', error: { code, message } });

it('tells ten refused personas once, with the grant', () => {
  const notes = Array.from({ length: 10 }, (_, i) => refused(`t${i}`, `p${i}`, 'turn_limit'));
  const { refusals, others } = split(notes, new Set());
  expect(others).toEqual([]);
  expect(refusals).toHaveLength(1);
  expect(refusals[0]?.personaIds).toHaveLength(10);
  expect(refusals[0]?.grants).toBe('t0');
});

it('grants nothing where a day’s budget is spent or a person spoke', () => {
  const notes = [refused('a', 'ada', 'room_budget'), refused('b', 'bo', 'superseded')];
  expect(split(notes, new Set()).refusals.map(({ grants }) => grants)).toEqual([null, null]);
});

it('leaves out who was woken again since, and who answers all the same', () => {
  const notes = [refused('a', 'ada', 'turn_limit'), refused('b', 'bo', 'already_queued')];
  expect(split(notes, new Set(['a'])).refusals).toEqual([]);
});

it('leaves all other notes as they are', () => {
  const failed = turn('t', { state: 'failed', error: { code: 'timeout', message: 'Late.' } });
  expect(split([failed], new Set())).toEqual({ refusals: [], others: [failed] });
});
