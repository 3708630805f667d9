import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { RunAdvice } from '../../protocol/generated';
import { fromSnapshot } from '../../sync/reduce';
import { participant, snapshot } from '../../sync/shapes.testing';
import { groupRows, pairRows } from './advice';
import Advice from './Advice.svelte';

type Pair = RunAdvice['pairs'][number];

const ROOM = fromSnapshot(
  snapshot({
    participants: ['Ada', 'Bo', 'Cy'].map((name) =>
      participant(name.toLowerCase(), { name, kind: 'persona' }),
    ),
  }),
);
const range = (value: number) => ({ value, low: value - 0.2, high: value + 0.15 });
const pair = (one_id: string, other_id: string, change: Partial<Pair> = {}): Pair => ({
  one_id,
  other_id,
  is_same_model: true,
  basis: null,
  votes: 0,
  agreed: 0,
  beyond_chance: null,
  ...change,
});
const ADVICE: RunAdvice = {
  line: 'Going by 8 votes here, these three are worth about 1.8 independent voices.',
  votes: 8,
  least: 5,
  worth: range(1.8),
  one_more: 2,
  pairs: [
    pair('ada', 'cy'),
    pair('ada', 'bo', { basis: 'own', votes: 8, agreed: 6, beyond_chance: range(0.5) }),
    pair('bo', 'cy', { basis: 'models', votes: 9, agreed: 8.5, beyond_chance: range(0.8) }),
  ],
  models: [],
  sizes: [
    { size: 1, votes: 8, same: 6, share: range(0.75) },
    { size: 2, votes: 8, same: 7.333, share: range(0.92) },
  ],
};

describe('what more voices bring', () => {
  it('tells first of those who have most in common, and last what is not known', () => {
    const rows = pairRows(ROOM, ADVICE).map(({ what, counted, share }) => [what, counted, share]);
    expect(rows).toEqual([
      ['Bo and Cy, by their models', '8.5 of 9', '80% (60% to 95%)'],
      ['Ada and Bo', '6 of 8', '50% (30% to 65%)'],
      ['Ada and Cy', 'too few votes', ''],
    ]);
  });

  it('tells of the largest group first', () => {
    const rows = groupRows(ADVICE).map(({ what, counted }) => [what, counted]);
    expect(rows).toEqual([
      ['2 of them', '7.3 of 8'],
      ['One of them', '6 of 8'],
    ]);
  });

  it('is a line, and its numbers on asking', async () => {
    render(Advice, { room: ROOM, advice: ADVICE });
    expect(screen.getByText(ADVICE.line)).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
    const why = screen.getByRole('button', { name: 'Why?' });
    expect(why.getAttribute('aria-expanded')).toBe('false');
    await fireEvent.click(why);
    expect(screen.getAllByRole('table')).toHaveLength(2);
    expect(screen.getByText(/Agreeing is not being right/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Hide the numbers' }));
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('has no table where nothing was counted', async () => {
    render(Advice, { room: ROOM, advice: { ...ADVICE, votes: 0, sizes: [], line: 'No votes here yet.' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Why?' }));
    expect(screen.queryByRole('table')).toBeNull();
    expect(screen.getByText(/from 5 votes on/)).toBeTruthy();
  });
});
