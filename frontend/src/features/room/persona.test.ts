import { describe, expect, it } from 'vitest';
import type { Persona } from '../../protocol/generated';
import { participant } from '../../sync/shapes.testing';
import { BLANK_PERSONA, changesOf, matching, namesOf } from './persona';

describe('searching the catalogue', () => {
  const named = (name: string, title: string, description: string): Persona => ({
    ...{ id: name, slug: name, avatar: '', color: 0, model: null, is_scripted: false },
    ...{ name, title, description },
  });
  const personas = [named('Ada', 'Engineer', 'Makes steps.'), named('Bo', 'Sceptic', 'Finds weak steps.')];

  it('takes every word, anywhere', () => {
    const found = (words: string) => matching(personas, words).map((persona) => persona.name);
    expect(found('')).toEqual(['Ada', 'Bo']);
    expect(found('STEPS scep')).toEqual(['Bo']);
    expect(found(' engineer ')).toEqual(['Ada']);
    expect(found('steps poet')).toEqual([]);
  });
});

describe('who is in the room', () => {
  it('are those who have not left', () => {
    const left = participant('Bo', { left_at: '2026-01-05T12:00:00.000Z' });
    expect(namesOf([participant('Ada'), left])).toEqual(new Set(['Ada']));
  });
});

describe('what an edit gives', () => {
  it('is what differs, also where it is blank now', () => {
    const before = { ...BLANK_PERSONA, name: 'Ada', model: 'lab/owl' };
    expect(changesOf({ ...before }, before)).toEqual({});
    expect(changesOf({ ...before, model: '', style: 'bullet' }, before)).toEqual({
      model: '',
      style: 'bullet',
    });
    const other = { ...before, fallbacks: ['lab/wren'] };
    expect(changesOf({ ...before, fallbacks: [] }, before)).toEqual({});
    expect(changesOf(other, before)).toEqual({ fallbacks: ['lab/wren'] });
  });
});
