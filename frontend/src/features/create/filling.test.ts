import { describe, expect, it } from 'vitest';
import { BLANK, fill, fromPreset, touched } from './filling';

const review = fromPreset({
  slug: 'design-review',
  name: 'Design review',
  description: '',
  room_name: 'Design review',
  room_description: 'Be specific.',
  visibility: 'link',
  persona_ids: ['a', 'b'],
  proposal: { run: null, problem: '' },
});

describe('filling in from a preset', () => {
  it('finds nothing touched right after filling, whatever the order of the cast', () => {
    expect(touched({ ...review, cast: ['b', 'a'] }, review)).toEqual([]);
    expect(touched(BLANK, BLANK)).toEqual([]);
  });

  it('names every field that was changed', () => {
    const now = { name: 'Mine', description: '', visibility: 'public', cast: ['a'] } as const;
    expect(touched(now, review)).toEqual(['name', 'description', 'cast', 'visibility']);
  });

  it('replaces what is not kept, and keeps what is', () => {
    const now = { ...BLANK, name: 'Mine' };
    expect(fill(now, review, touched(now, BLANK))).toEqual({ ...review, name: 'Mine' });
    expect(fill(now, review, [])).toEqual(review);
  });
});
