import { describe, expect, it } from 'vitest';
import type { GivenShape } from '../../protocol/generated';
import { rawText, sectionName, sections } from './given';

const none = { messages: 0, tokens: 0 };
const given: GivenShape = {
  turn_id: 'turn',
  attempt: 1,
  attempts: [1],
  model: 'openai/gpt',
  layout: 'persona-first',
  at: '2026-11-25T12:00:00.000Z',
  budget: 1000,
  tokens: 15,
  verbatim: none,
  folded: none,
  recalled: none,
  dropped: none,
  parts: [
    { role: 'system', name: 'rules', tokens: 1, text: 'Be kind.\n' },
    { role: 'user', name: 'conversation', tokens: 2, text: 'Hello' },
    { role: 'user', name: 'conversation', tokens: 4, text: ' there\n' },
    { role: 'user', name: 'turn', tokens: 8, text: 'You are Ada.' },
  ],
};

describe('what a persona was given', () => {
  it('joins neighbours of one name', () => {
    expect(sections(given).map(({ name, tokens, text }) => [name, tokens, text])).toEqual([
      ['rules', 1, 'Be kind.\n'],
      ['conversation', 6, 'Hello there\n'],
      ['turn', 8, 'You are Ada.'],
    ]);
  });

  it('writes all of it under its roles', () => {
    expect(rawText(given)).toBe('--- system ---\nBe kind.\n\n\n--- user ---\nHello there\nYou are Ada.');
  });

  it('keeps the answers of tools apart', () => {
    const answer = { role: 'tool', name: 'round', tokens: 1, text: 'Done.' } as const;
    const after = { ...given, parts: [...given.parts, answer, answer] };
    expect(sections(after).slice(-2)).toEqual([answer, answer]);
    expect(rawText(after)).toMatch(/--- tool ---\nDone\.\n\n--- tool ---\nDone\.$/);
  });

  it('names what it knows, and the rest as it is', () => {
    expect(sectionName('memory')).toBe('Memory');
    expect(sectionName('artifacts')).toBe('artifacts');
    expect(sectionName('toString')).toBe('toString');
  });
});
