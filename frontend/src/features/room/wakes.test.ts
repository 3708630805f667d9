import { describe, expect, it } from 'vitest';
import type { RouterShape, WakeShape } from '../../protocol/generated';
import { turn } from '../../sync/shapes.testing';
import { ordered, wakeLine } from './wakes';

function wake(change: Partial<WakeShape> = {}): WakeShape {
  return {
    participant_id: 'ada',
    why: 'mention',
    task: '',
    turn: null,
    step: null,
    after_ids: [],
    note: '',
    ...change,
  };
}

function router(change: Partial<RouterShape> = {}): RouterShape {
  return {
    state: 'decided',
    chosen_ids: [],
    error_code: '',
    model: 'm',
    is_scripted: false,
    usage: null,
    ...change,
  };
}

const nameOf = (id: string) => id.toUpperCase();

describe('the wake ledger in words', () => {
  it('says what came of a call, and why it was called', () => {
    const line = wakeLine(wake({ task: 'code it', turn: turn('t1', { state: 'done' }) }), null, nameOf);
    expect(line).toEqual({
      participantId: 'ada',
      outcome: 'Answered',
      reasons: ['It was called by name.', 'Its part: code it'],
      tone: 'good',
    });
  });

  it('gives the reason of a refusal', () => {
    const error = { code: 'muted', message: 'Ada is muted.' };
    const line = wakeLine(
      wake({ why: 'muted', turn: turn('t1', { state: 'blocked', error }) }),
      null,
      nameOf,
    );
    expect([line.outcome, line.reasons, line.tone]).toEqual([
      'Was not allowed to answer',
      ['It was muted.', 'Ada is muted.'],
      'bad',
    ]);
  });

  it('says whom one comes after, and why not after all', () => {
    const waiting = wake({ why: 'then', step: 'waiting', after_ids: ['bo', 'cy'] });
    expect(wakeLine(waiting, null, nameOf).reasons).toEqual(['It was asked to speak after BO, CY.']);
    const dropped = wakeLine({ ...waiting, step: 'dropped', note: 'Bo was stopped.' }, null, nameOf);
    expect(dropped.outcome).toBe('Was not called after all');
    expect(dropped.reasons).toContain('Not handed over: Bo was stopped.');
  });

  it.each([
    [router({ state: 'asking' }), 'The router is being asked', 'was asked who should answer'],
    [router({ chosen_ids: ['ada'] }), 'Did not speak', 'the router chose it'],
    [router(), 'Did not speak', 'did not choose it'],
    [router({ state: 'failed' }), 'Did not speak', 'no answer that could be used'],
    [router({ state: 'late' }), 'Did not speak', 'took too long'],
  ])('tells what the router said', (call, outcome, reason) => {
    const line = wakeLine(wake({ why: 'routed' }), call, nameOf);
    expect(line.outcome).toBe(outcome);
    expect(line.reasons[0]).toContain(reason);
  });

  it('puts those who spoke first', () => {
    const lines = [wake({ participant_id: 'a' }), wake({ participant_id: 'b', turn: turn('t1') })];
    expect(ordered(lines).map((line) => line.participant_id)).toEqual(['b', 'a']);
  });
});
