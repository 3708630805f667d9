import { describe, expect, it } from 'vitest';
import { fromSnapshot, reduce } from './reduce';
import { participant, snapshot } from './shapes.testing';
import { forget, hear, nextEnd, NOBODY, shouldSay, typists } from './typing';

const ROOM = fromSnapshot(
  snapshot({ participants: [participant('alice'), participant('bob'), participant('dora')] }),
);

describe('typing', () => {
  it('forgets by itself who was not heard of again', () => {
    let typing = hear(NOBODY, 'bob', true, 0);
    typing = hear(typing, 'dora', true, 2_000);
    expect(nextEnd(typing)).toBe(5_000);
    expect(typists(forget(typing, 4_999), ROOM)).toEqual(['bob', 'dora']);
    expect(typists(forget(typing, 5_000), ROOM)).toEqual(['dora']);
    expect(nextEnd(forget(typing, 7_000))).toBeNull();
  });

  it('goes on for whoever goes on', () => {
    const typing = hear(hear(NOBODY, 'bob', true, 0), 'bob', true, 3_000);
    expect(typists(forget(typing, 5_000), ROOM)).toEqual(['bob']);
  });

  it('ends with a word, and an end of nobody changes nothing', () => {
    const typing = hear(NOBODY, 'bob', true, 0);
    expect(hear(typing, 'bob', false, 1).size).toBe(0);
    expect(hear(typing, 'dora', false, 1)).toBe(typing);
    expect(forget(typing, 1)).toBe(typing);
  });

  it('names neither oneself nor who left or is unknown', () => {
    const typing = ['alice', 'bob', 'nobody'].reduce((all, id) => hear(all, id, true, 0), NOBODY);
    expect(typists(typing, ROOM)).toEqual(['bob']);
    const left = reduce(ROOM, {
      type: 'participant.changed',
      seq: 1,
      at: '',
      data: { participant: participant('bob', { left_at: '2026-01-05T12:00:00.000Z' }) },
    });
    expect(typists(typing, left)).toEqual([]);
  });

  it('is said at once, then seldom, and its end once', () => {
    expect(shouldSay(true, null, 0)).toBe(true);
    expect(shouldSay(true, 0, 2_999)).toBe(false);
    expect(shouldSay(true, 0, 3_000)).toBe(true);
    expect(shouldSay(false, 0, 1)).toBe(true);
    expect(shouldSay(false, null, 1)).toBe(false);
  });
});
