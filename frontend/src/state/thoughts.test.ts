import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../net/http';
import { turn } from '../sync/shapes.testing';
import { Thoughts } from './thoughts.svelte';

const thinking = vi.hoisted(() => vi.fn());
vi.mock('../net/api', () => ({ api: { thinking } }));

const piece = (index: number, text: string) => ({ turn_id: 't1', fence: 1, index, text });
const ended = turn('t1', { state: 'stopped' });
let thoughts: Thoughts;

beforeEach(() => {
  thinking.mockReset();
  thoughts = new Thoughts('r');
});

it('puts pieces together, and forgets them with the end of their turn', () => {
  thoughts.hear([piece(0, 'One')]);
  thoughts.hear([piece(1, ' two'), piece(1, ' two')]);
  expect(thoughts.texts.get('t1')?.text).toBe('One two');
  thoughts.settle(turn('t1', { state: 'running' }));
  expect(thoughts.heard).toEqual(['t1']);
  thoughts.settle(ended);
  expect([thoughts.heard, thoughts.texts.get('t1')]).toEqual([[], undefined]);
});

it('fetches the whole for who opens it late, and goes on from there', async () => {
  thoughts.hear([piece(7, ' eight')]);
  expect(thoughts.heard).toEqual(['t1']);
  thinking.mockResolvedValue(piece(7, 'One to eight'));
  await thoughts.catchUp('t1');
  thoughts.hear([piece(8, ' nine')]);
  expect(thoughts.texts.get('t1')?.text).toBe('One to eight nine');
});

it('fills a gap only for who watches', async () => {
  thoughts.hear([piece(0, 'One'), piece(2, ' three')]);
  expect(thinking).not.toHaveBeenCalled();
  thoughts.hear([piece(0, 'One')]);
  thoughts.texts.subscribe('t1', () => undefined);
  thinking.mockResolvedValue(piece(3, 'One two three four'));
  thoughts.hear([piece(3, ' four')]);
  await vi.waitFor(() => expect(thoughts.texts.get('t1')?.text).toBe('One two three four'));
});

it('does not bring back what ended while it was fetched', async () => {
  thoughts.hear([piece(3, ' four')]);
  thinking.mockResolvedValue(piece(3, 'One to four'));
  const fetching = thoughts.catchUp('t1');
  thoughts.settle(ended);
  await fetching;
  expect(thoughts.texts.get('t1')).toBeUndefined();
});

it('says where the kept thinking can’t be had', async () => {
  thinking.mockResolvedValueOnce(piece(0, 'All of it'));
  expect(await thoughts.kept('t1')).toBe('All of it');
  thinking.mockRejectedValue(new ApiError('not_found', 404, 'Gone.'));
  expect(await thoughts.kept('t1')).toBeNull();
});
