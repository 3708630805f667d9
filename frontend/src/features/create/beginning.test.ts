import { beforeEach, describe, expect, it, vi } from 'vitest';
import { local } from '../../lib/storage';
import type { PresetRun } from '../../protocol/generated';
import { toasts } from '../../state/toasts.svelte';
import { begin, outlookWords } from './beginning';

const startRun = vi.hoisted(() => vi.fn());
vi.mock('../../net/api', () => ({ api: { startRun } }));

const DEBATE: PresetRun = {
  title: 'Debate',
  question: 'What shall be debated?',
  about: 'Debate: two personas and a judge, about 6 turns.',
  mode: 'debate',
  rounds: 1,
  quorum: 2 / 3,
  choices: [],
  max_turns: 0,
  max_usd: 0,
};

beforeEach(() => {
  startRun.mockReset();
});

describe('the run that a room is made with', () => {
  it('is told in the words of the preset, as long as its cast is', () => {
    expect(outlookWords(DEBATE, true)).toBe('Debate: two personas and a judge, about 6 turns.');
    expect(outlookWords(DEBATE, false)).toBe('Debate, of those who are chosen below.');
  });

  it('is started as the preset has it', async () => {
    startRun.mockResolvedValue({});
    await begin('r1', DEBATE, 'Tea?');
    const spec = { mode: 'debate', rounds: 1, quorum: 2 / 3, choices: [], max_turns: 0, max_usd: 0 };
    expect(startRun.mock.calls).toEqual([['r1', { ...spec, goal: 'Tea?' }]]);
    expect(local.read('draft:r1')).toBeNull();
  });

  it('stands in the box of the room where it could not be started', async () => {
    startRun.mockRejectedValue(new Error('Debate takes 2 to 4 personas; these are 1.'));
    await begin('r1', DEBATE, 'Tea?');
    expect(local.read('draft:r1')).toBe('/debate Tea?');
    expect(toasts.list.map(({ text }) => text)).toEqual(['Debate takes 2 to 4 personas; these are 1.']);
  });
});
