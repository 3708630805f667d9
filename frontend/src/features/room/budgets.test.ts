import { expect, it } from 'vitest';
import { snapshot } from '../../sync/shapes.testing';
import { costOf, dollars, limitsGiven, since } from './budgets';

const before = snapshot().room.limits;

it('gives what was changed, blank as none', () => {
  expect(limitsGiven({ day_usd: ' 2.5 ', chain_turns: '' }, before)).toEqual({ day_usd: 2.5 });
  expect(limitsGiven({ day_usd: '' }, { ...before, day_usd: 2 })).toEqual({ day_usd: null });
  expect(() => limitsGiven({ day_usd: 'much' }, before)).toThrow('much');
});

it('counts days as the server does', () => {
  const now = new Date('2026-01-31T23:30:00Z');
  expect(since('today', now)).toBe('2026-01-31');
  expect(since('week', now)).toBe('2026-01-25');
  expect(since('all', now)).toBe('');
});

it('never says that what has no price is free', () => {
  const total = {
    calls: 2,
    input_tokens: 1,
    output_tokens: 1,
    cached_tokens: 0,
    cost_usd: 0.0042,
    unpriced_calls: 1,
    untold_calls: 0,
    counted_usd: 0.1,
  };
  expect(costOf(total)).toBe('$0.0042 and 1 call without a known price');
  expect(costOf({ ...total, calls: 3, unpriced_calls: 2 })).toBe('$0.0042 and 2 calls without a known price');
  expect(costOf({ ...total, cost_usd: 0, unpriced_calls: 2 })).toBe('2 calls without a known price');
  expect(dollars(12)).toBe('$12.00');
});
