import { expect, it } from 'vitest';
import { turn } from '../../sync/shapes.testing';
import { usageText } from './usage';

const usage = { input_tokens: 1204, output_tokens: 310, cost_usd: 0.00421 };

it.each([
  ['scripted', { is_scripted: true, usage }, 'Free: a scripted demo, not an AI model'],
  ['priced', { usage }, '1,204 tokens read, 310 written · $0.0042'],
  ['dear', { usage: { ...usage, cost_usd: 1.5 } }, '1,204 tokens read, 310 written · $1.50'],
  ['free', { usage: { ...usage, cost_usd: 0 } }, '1,204 tokens read, 310 written · $0'],
  ['unpriced', { usage: { ...usage, cost_usd: null } }, '1,204 tokens read, 310 written · no price is known'],
  ['unknown', { usage: { ...usage, output_tokens: null } }, 'The model did not say what it used.'],
  ['under way', { state: 'running' as const }, 'What it used is known when it has finished.'],
])('says what a reply used: %s', (_, change, words) => {
  expect(usageText(turn('t', { is_scripted: false, state: 'done', ...change }))).toBe(words);
});
