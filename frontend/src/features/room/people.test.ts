import { describe, expect, it } from 'vitest';
import { participant } from '../../sync/shapes.testing';
import { shownPeople } from './people';

const crowd = (count: number) => Array.from({ length: count }, (_, i) => participant(`p${i}`));
const ids = (count: number, youId: string, online: readonly string[]) =>
  shownPeople(crowd(count), youId, new Set(online)).map((who) => who.id);

describe('the people that the panel shows', () => {
  it('are all of a small room', () => {
    expect(ids(12, 'p11', [])).toHaveLength(12);
  });

  it('are yourself and those online first in a large one, in the order of the room', () => {
    const shown = ids(60, 'p59', ['p40', 'p30']);
    expect(shown).toHaveLength(8);
    expect(shown.slice(-3)).toEqual(['p30', 'p40', 'p59']);
    expect(shown[0]).toBe('p0');
  });
});
