import { describe, expect, it } from 'vitest';
import { message, run, turn } from '../../sync/shapes.testing';
import { firstLine, isGrouped, isRetryable, showsQuote, turnView, wasCutOff } from './view';

const NO_NOTES = new Map();

describe('what the timeline shows of turns', () => {
  it('thinks until its message exists', () => {
    const queued = turn('t1');
    expect(turnView([queued], []).thinking).toEqual([queued]);
    // The message's event may come before the turn's.
    const speaking = turnView([queued], [message(2, { turn_id: 't1' })]);
    expect(speaking.thinking).toEqual([]);
    expect(speaking.active).toEqual([queued]);
  });

  it('tells under the trigger why somebody did not speak', () => {
    const blocked = turn('t1', { state: 'blocked' });
    const failed = turn('t2', { state: 'failed', participant_id: 'bo' });
    const partial = turn('t3', { state: 'failed', participant_id: 'cleo', message_id: 'm5' });
    const done = turn('t4', { state: 'done', participant_id: 'dara', message_id: 'm6' });
    const view = turnView([blocked, failed, partial, done], []);
    expect(view.notes.get('m1')).toEqual([blocked, failed]);
  });

  it('knows which tries were asked for again', () => {
    const first = turn('t1', { state: 'stopped', message_id: 'm2' });
    const goesOn = turn('t2', { state: 'stopped', cause: 'continue', message_id: 'm2' });
    const second = turn('t3', { state: 'failed', cause: 'retry' });
    const others = turn('t4', { state: 'failed', participant_id: 'bo' });
    expect([...turnView([first, goesOn, others, second], []).retried]).toEqual(['t1', 't2']);
    // Going on is no second answer: its own end can be followed by either.
    expect([...turnView([first, goesOn], []).retried]).toEqual([]);
  });

  it('knows which turns of a run it takes again', () => {
    const part = {
      run_id: 'r1',
      number: 1,
      phase: 'answers',
      round: 1,
      part: 'answer',
      task: '',
      is_sealed: true,
      is_retaken: false,
    } as const;
    const failed = turn('t1', { state: 'failed', run: part });
    const runs = (change: Parameters<typeof run>[1]) =>
      new Map([['r1', run('r1', { phase: 'answers', ...change })]]);
    expect(isRetryable(failed, runs({}))).toBe(true);
    expect(isRetryable(failed, runs({ phase: 'vote' }))).toBe(false);
    expect(isRetryable(failed, runs({ state: 'ended' }))).toBe(false);
    expect(isRetryable(failed, new Map())).toBe(false);
    expect(isRetryable({ ...failed, run: { ...part, part: 'follower' } }, runs({}))).toBe(false);
    expect(isRetryable({ ...failed, run: null }, new Map())).toBe(true);
    expect(isRetryable(undefined, new Map())).toBe(false);
    const again = turn('t2', { state: 'failed', run: { ...part, is_retaken: true } });
    expect([...turnView([failed, again], []).retried]).toEqual(['t2']);
  });

  it('knows the turns of a message that went on', () => {
    const first = turn('t1', { state: 'stopped', message_id: 'm2' });
    const again = turn('t2', { cause: 'continue', message_id: 'm2' });
    const view = turnView([first, again], [message(2, { turn_id: 't1', state: 'stopped' })]);
    expect(view.ofMessage.get('m2')).toEqual([first, again]);
    expect(view.thinking).toEqual([]);
    expect(view.active).toEqual([again]);
    expect([...view.notes.keys()]).toEqual([]);
  });

  it('lets a reply go on that has text and was cut off', () => {
    const length = { code: 'length', message: 'Cut off.' };
    expect(wasCutOff(message(1, { state: 'stopped' }))).toBe(true);
    expect(wasCutOff(message(1, { state: 'failed' }))).toBe(true);
    expect(wasCutOff(message(1, { error: length }))).toBe(true);
    expect(wasCutOff(message(1))).toBe(false);
    expect(wasCutOff(message(1, { state: 'failed', text: ' ' }))).toBe(false);
    expect(wasCutOff(message(1, { state: 'streaming' }))).toBe(false);
  });

  it('groups what one person says in a row', () => {
    expect(isGrouped(message(2), message(1), NO_NOTES)).toBe(true);
    expect(isGrouped(message(2, { participant_id: 'bob' }), message(1), NO_NOTES)).toBe(false);
    expect(isGrouped(message(2, { created_at: '2026-01-05T12:06:00.000Z' }), message(1), NO_NOTES)).toBe(
      false,
    );
    expect(isGrouped(message(1), undefined, NO_NOTES)).toBe(false);
    expect(isGrouped(message(2), message(1), new Map([['m1', [turn('t1')]]]))).toBe(false);
  });
});

describe('what a message shows of the one that it replies to', () => {
  it.each([
    ['Hello there', 'Hello there'],
    ['\n\n# The plan\n\nShip', 'The plan'],
    ['```py\nprint(1)\n```', 'py'],
    ['- **one**\n- two', 'one'],
    ['👍', '👍'],
    ['x'.repeat(500), `${'x'.repeat(160)}…`],
  ])('quotes the first line of %j', (text, line) => {
    expect(firstLine(text)).toBe(line);
  });

  it('quotes for a person always, for a persona unless it stands right below', () => {
    const called = message(1);
    const reply = message(2, { reply_to_id: 'm1' });
    const answer = message(2, { reply_to_id: 'm1', turn_id: 't1' });
    expect(showsQuote(called, undefined)).toBe(false);
    expect(showsQuote(reply, called)).toBe(true);
    expect(showsQuote(answer, called)).toBe(false);
    expect(showsQuote(answer, message(3))).toBe(true);
    expect(isGrouped(reply, called, NO_NOTES)).toBe(false);
  });
});
