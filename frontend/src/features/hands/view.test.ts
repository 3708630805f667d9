import { describe, expect, it } from 'vitest';
import { fromSnapshot, reduce } from '../../sync/reduce';
import { hand, handChanged, participant, snapshot } from '../../sync/shapes.testing';
import { handsUp, keyOf, untold } from './view';

const ADA = participant('ada', { name: 'Ada', kind: 'persona' });
const BO = participant('bo', { name: 'Bo', kind: 'persona' });
const room = fromSnapshot(
  snapshot({
    participants: [ADA, BO],
    hands: [hand('h1'), hand('h2', { participant_id: 'bo', state: 'granted', line: 'Me, too.' })],
  }),
);
const ids = (state: typeof room) => handsUp(state).map(({ id }) => id);

describe('raised hands', () => {
  it('stand with who is next first', () => {
    expect(handsUp(room)).toEqual([
      { id: 'h2', who: BO, line: 'Me, too.', isNext: true },
      { id: 'h1', who: ADA, line: 'We tried that.', isNext: false },
    ]);
  });

  it('are never those of somebody who is gone, or not known', () => {
    const gone = { ...ADA, left_at: '2026-01-05T12:00:00.000Z' };
    expect(ids({ ...room, participants: new Map([['ada', gone]]) })).toEqual([]);
  });

  it('go when they come down, or become a turn, and not when they are only granted', () => {
    const granted = reduce(room, handChanged(hand('h1', { state: 'granted' }), 5));
    expect(ids(granted)).toEqual(['h1', 'h2']);
    expect(ids(reduce(granted, handChanged(hand('h1', { state: 'granted', turn_id: 't' }), 6)))).toEqual([
      'h2',
    ]);
    expect(ids(reduce(room, handChanged(hand('h2', { state: 'lowered' }), 6)))).toEqual(['h1']);
  });

  it('stay in the order of their raising, whenever they are heard of', () => {
    const state = { ...room, hands: [hand('h1', { raised_at: '2026-01-05T12:00:05.000Z' })] };
    const older = hand('h3', { participant_id: 'bo', raised_at: '2026-01-05T12:00:01.000Z' });
    expect(ids(reduce(state, handChanged(older, 6)))).toEqual(['h3', 'h1']);
    const again = reduce(state, handChanged(hand('h1', { line: 'Else.', raised_at: older.raised_at }), 6));
    expect(again.hands.map(({ line }) => line)).toEqual(['Else.']);
  });

  it('are told once, and anew with another line', () => {
    const told = new Set(handsUp(room).map(keyOf));
    expect(untold(handsUp(room), told)).toEqual([]);
    expect(untold(handsUp(room), new Set()).map(({ id }) => id)).toEqual(['h1']);
    const again = reduce(room, handChanged(hand('h1', { line: 'And the roof.' }), 5));
    expect(untold(handsUp(again), told).map(({ line }) => line)).toEqual(['And the roof.']);
  });
});
