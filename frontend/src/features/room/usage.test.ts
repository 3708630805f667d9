import { expect, it } from 'vitest';
import type { TurnShape } from '../../protocol/generated';
import { turn } from '../../sync/shapes.testing';
import { failedModelText, usageText } from './usage';

const usage = { input_tokens: 1204, output_tokens: 310, cached_tokens: null, cost_usd: 0.00421 };

it.each([
  ['scripted', { is_scripted: true, usage }, 'Free: a scripted demo, not an AI model'],
  ['priced', { usage }, '1,204 tokens read, 310 written · $0.0042'],
  [
    'cached',
    { usage: { ...usage, cached_tokens: 900 } },
    '1,204 tokens read (900 of them cached), 310 written · $0.0042',
  ],
  ['dear', { usage: { ...usage, cost_usd: 1.5 } }, '1,204 tokens read, 310 written · $1.50'],
  ['free', { usage: { ...usage, cost_usd: 0 } }, '1,204 tokens read, 310 written · $0'],
  ['unpriced', { usage: { ...usage, cost_usd: null } }, '1,204 tokens read, 310 written · no price is known'],
  ['unknown', { usage: { ...usage, output_tokens: null } }, 'The model did not say what it used.'],
  ['under way', { state: 'running' as const }, 'What it used is known when it has finished.'],
])('says what a reply used: %s', (_, change, words) => {
  expect(usageText([turn('t', { is_scripted: false, state: 'done', ...change })])).toBe(words);
});

it('adds up what a reply used that went on', () => {
  const part = (change: Partial<TurnShape>) =>
    turn('t', { is_scripted: false, state: 'done', usage, ...change });
  expect(usageText([part({}), part({})])).toBe('2,408 tokens read, 620 written · $0.0084');
  expect(usageText([part({}), part({ usage: { ...usage, cost_usd: null } })])).toBe(
    '2,408 tokens read, 620 written · no price is known',
  );
  expect(usageText([part({}), part({ usage: null })])).toBe('The model did not say what it used.');
  expect(usageText([part({}), part({ state: 'running', usage: null })])).toBe(
    'What it used is known when it has finished.',
  );
});

it('says who was asked before, and why somebody else answered', () => {
  const failed = { model: 'lab/owl', code: 'quota', message: 'It has run out of credit.' };
  expect(failedModelText(failed)).toBe('Instead of lab/owl: It has run out of credit.');
  // What was asked before may have cost something, whoever answered.
  const fallback = turn('t', { is_scripted: true, state: 'done', usage, failed_models: [failed] });
  expect(usageText([fallback])).toBe('1,204 tokens read, 310 written · $0.0042');
});
