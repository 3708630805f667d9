import { describe, expect, it } from 'vitest';
import { randomOf } from '../lib/random.testing';
import { receive, startOrder, type Order } from './order';
import { fromSnapshot, reduce, withBallot, withMessage, withOlder, type DurableEvent } from './reduce';
import { finished, message, participant, poll, posted, snapshot, turn, turned } from './shapes.testing';

const EMPTY = fromSnapshot(snapshot());

describe('reduce', () => {
  it('places messages by their number and takes a repeat as the same', () => {
    const events = [posted(message(3)), posted(message(1)), posted(message(3))];
    const state = events.reduce(reduce, EMPTY);
    expect(state.messages.map(({ seq }) => seq)).toEqual([1, 3]);
  });

  it('finishes a streaming message, and a replayed beginning does not take it back', () => {
    const start = posted(message(1, { state: 'streaming', text: 'He', fence: 1 }));
    const end = finished(message(1, { text: 'Hello', fence: 1, index: 4 }), 2);
    const state = [start, end].reduce(reduce, EMPTY);
    expect(state.messages[0]?.text).toBe('Hello');
    expect(reduce(state, start)).toBe(state);
  });

  it('has a message go on, whatever of its past comes again', () => {
    const start = posted(message(1, { state: 'streaming', text: 'He', fence: 1 }));
    const stop = finished(message(1, { state: 'stopped', text: 'Hel', fence: 2 }), 2);
    const resumed: DurableEvent = {
      type: 'message.resumed',
      seq: 3,
      at: '',
      data: { message: message(1, { state: 'streaming', text: 'Hel', fence: 3, index: 1 }) },
    };
    const end = finished(message(1, { text: 'Hello', fence: 3, index: 4 }), 4);
    const going = [start, stop, resumed].reduce(reduce, EMPTY);
    expect(going.messages[0]).toMatchObject({ state: 'streaming', text: 'Hel' });
    expect([start, stop].reduce(reduce, going).messages).toEqual(going.messages);
    const whole = reduce(going, end);
    expect([start, stop, resumed].reduce(reduce, whole).messages[0]?.text).toBe('Hello');
  });

  it('lets a later writer take a streaming message over', () => {
    const first = message(1, { state: 'streaming', fence: 1, index: 9, text: 'old' });
    const second = message(1, { state: 'streaming', fence: 2, index: 0, text: 'new' });
    const state = reduce(reduce(EMPTY, posted(first)), posted(second));
    expect(state.messages[0]?.text).toBe('new');
  });

  it('never takes a settled turn back to running', () => {
    const done = turned(turn('t1', { state: 'done', message_id: 'm2' }), 4);
    const state = [turned(turn('t1'), 2), done, turned(turn('t1', { state: 'running' }), 3)].reduce(
      reduce,
      EMPTY,
    );
    expect(state.turns).toHaveLength(1);
    expect(state.turns[0]?.state).toBe('done');
  });

  it('notices that one’s own role changed', () => {
    const event: DurableEvent = {
      type: 'participant.changed',
      seq: 1,
      at: '',
      data: { participant: participant('alice', { role: 'viewer' }) },
    };
    expect(reduce(EMPTY, event).you.role).toBe('viewer');
  });

  it('does not take the count of a poll back, and keeps your own vote through it', () => {
    const changed = (revision: number): DurableEvent => {
      const data = {
        poll: poll('p', { revision, voters: { total: revision, people: revision, personas: 0 } }),
      };
      return { type: 'poll.changed', seq: revision, at: '', data };
    };
    const voted = withBallot(reduce(EMPTY, changed(2)), { poll_id: 'p', choices: [1], reason: '' });
    expect(reduce(voted, changed(1))).toBe(voted);
    const later = reduce(voted, changed(3));
    expect(later.polls.get('p')?.voters.total).toBe(3);
    expect(later.ballots.get('p')?.choices).toEqual([1]);
    expect(withBallot(later, { poll_id: 'p', choices: [], reason: '' }).ballots.size).toBe(0);
  });

  it('leaves a message that is older than what is loaded to its page', () => {
    const state = fromSnapshot(snapshot({ messages: [message(50)], has_older: true }));
    expect(withMessage(state, message(10))).toBe(state);
    const older = withOlder(state, {
      messages: [message(10), message(50)],
      turns: [turn('t')],
      has_older: false,
      polls: [poll('m10')],
      ballots: [{ poll_id: 'm10', choices: [1], reason: '' }],
      budgets: [],
      runs: [],
    });
    expect(older.polls.get('m10')?.question).toBe('Which day?');
    expect(older.ballots.get('m10')?.choices).toEqual([1]);
    expect(older.messages.map(({ seq }) => seq)).toEqual([10, 50]);
    expect(older.hasOlder).toBe(false);
    expect(older.turns).toHaveLength(1);
  });

  it('comes to the same state in any order of arrival, with repeats', () => {
    const events: DurableEvent[] = [];
    for (let seq = 1; seq <= 24; seq += 4) {
      const streaming = message(seq + 2, { state: 'streaming', fence: 1, text: 'a', turn_id: `t${seq}` });
      events.push(
        posted(message(seq)),
        turned(turn(`t${seq}`, { trigger_message_id: `m${seq}` }), seq + 1),
        posted(streaming),
        finished({ ...streaming, state: 'complete', text: 'abc', index: 2 }, seq + 3),
      );
    }
    const wanted = events.reduce(reduce, EMPTY);
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomOf(seed);
      const arriving = [...events, ...events.filter(() => random() < 0.3)]
        .map((event, i) => ({ event, at: i + random() * 12 }))
        .sort((a, b) => a.at - b.at);
      let order: Order<{ seq: number; event: DurableEvent }> = startOrder(0);
      let state = EMPTY;
      for (const { event, at } of arriving) {
        const step = receive(order, { seq: event.seq ?? 0, event }, at);
        order = step.order;
        for (const ready of step.ready) state = reduce(state, ready.event);
      }
      expect(state, `seed ${seed}`).toEqual(wanted);
      // A replay of everything changes nothing.
      expect(events.reduce(reduce, state)).toEqual(wanted);
    }
  });
});
