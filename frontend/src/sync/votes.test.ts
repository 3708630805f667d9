import { describe, expect, it } from 'vitest';
import { answered, cast, disconnected, due, latest, sent } from './votes';

const one = { commandId: 'c1', pollId: 'p', choices: [0], reason: '' };
const other = { ...one, commandId: 'c2', choices: [1] };

describe('votes under way', () => {
  it('are sent once, and again after a lost connection', () => {
    const out = sent(cast([], one), 'c1');
    expect(due(out)).toEqual([]);
    expect(due(disconnected(out)).map(({ commandId }) => commandId)).toEqual(['c1']);
  });

  it('show the last one for their poll', () => {
    const both = cast(sent(cast([], one), 'c1'), other);
    expect(both).toHaveLength(2);
    expect(latest(both, 'p')?.choices).toEqual([1]);
    expect(latest(both, 'q')).toBeUndefined();
    expect(latest(answered(both, 'c1'), 'p')?.choices).toEqual([1]);
  });

  it('forget what never went out where the mind was changed', () => {
    expect(cast(cast([], one), other).map(({ commandId }) => commandId)).toEqual(['c2']);
  });

  it('stay as they are for an answer to something else', () => {
    const votes = cast([], one);
    expect(answered(votes, 'else')).toBe(votes);
  });
});
