import { describe, expect, it } from 'vitest';
import { accepted, add, again, disconnected, due, refused, sent, settle, type Pending } from './pending';
import { keepPending, readPending } from './pendingstore';
import { message } from './shapes.testing';

const ONE: Pending = add([], 'c1', 'Hello', 1);

describe('pending', () => {
  it('waits until it is sent, and again after the connection was lost', () => {
    expect(due(ONE)).toHaveLength(1);
    const under = sent(ONE, 'c1');
    expect(due(under)).toEqual([]);
    const lost = disconnected(under);
    expect(due(lost).map(({ commandId }) => commandId)).toEqual(['c1']);
  });

  it('goes once the message is in the room, by its command, not by its text', () => {
    const under = accepted(sent(ONE, 'c1'), 'c1');
    expect(settle(under, [message(1, { text: 'Hello' })])).toBe(under);
    expect(settle(under, [message(1, { command_id: 'c1' })])).toEqual([]);
  });

  it('an accepted one is not sent again after a reconnect', () => {
    expect(due(disconnected(accepted(sent(ONE, 'c1'), 'c1')))).toEqual([]);
  });

  it('keeps a refusal with its sentence until it is sent again, with the same id', () => {
    const no = refused(sent(ONE, 'c1'), 'c1', 'Too fast.');
    expect(no[0]).toMatchObject({ state: 'refused', error: 'Too fast.' });
    expect(due(again(no, 'c1'))[0]).toMatchObject({ commandId: 'c1', error: null });
  });

  it('survives a reload, and a spoilt store', () => {
    const kept = keepPending(sent(ONE, 'c1'));
    expect(due(readPending(kept))).toHaveLength(1);
    expect(keepPending(accepted(ONE, 'c1'))).toBeNull();
    for (const spoilt of [null, '', '{', '[{"commandId":1}]']) expect(readPending(spoilt)).toEqual([]);
  });
});
