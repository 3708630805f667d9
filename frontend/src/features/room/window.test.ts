import { describe, expect, it } from 'vitest';
import { randomOf } from '../../lib/random.testing';
import { message } from '../../sync/shapes.testing';
import * as rows from './window';

const messages = Array.from({ length: 1_000 }, (_, i) => message(i * 3 + 1));

describe('the window of rows', () => {
  it('shows the newest while following, whatever comes', () => {
    expect(rows.boundsOf(rows.TAIL, messages)).toEqual({ start: 1_000 - rows.TAIL_ROWS, end: 1_000 });
    expect(rows.boundsOf(rows.TAIL, messages.slice(0, 5))).toEqual({ start: 0, end: 5 });
    expect(rows.boundsOf(rows.TAIL, [])).toEqual({ start: 0, end: 0 });
  });

  it('stays on the same messages when older ones are loaded', () => {
    const loaded = messages.slice(500);
    const held = rows.held(rows.TAIL, loaded);
    const before = rows.boundsOf(held, loaded);
    const after = rows.boundsOf(held, messages);
    expect(loaded[before.start]).toBe(messages[after.start]);
  });

  it('shows what is around a message, also at the ends', () => {
    for (const index of [0, 5, 500, 990, 999]) {
      const { start, end } = rows.boundsOf(rows.around(index * 3 + 1, messages), messages);
      expect(start).toBe(Math.max(0, index - rows.STEP_ROWS));
      expect(end).toBe(Math.min(1_000, index + rows.STEP_ROWS + 1));
    }
  });

  it('never has more rows than allowed, wherever a reader goes', () => {
    const random = randomOf(7);
    let window = rows.held(rows.TAIL, messages);
    for (let i = 0; i < 500; i++) {
      const isUp = random() < 0.6;
      window = isUp ? rows.grownUp(window, messages) : rows.grownDown(window, messages);
      const far = Math.floor(random() * 300);
      window = isUp
        ? rows.trimmedBottom(window, messages, 300)
        : rows.trimmedTop(window, messages, Math.max(far, rows.STEP_ROWS));
      const { start, end } = rows.boundsOf(window, messages);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(1_000);
      expect(end - start).toBeGreaterThan(0);
      expect(end - start).toBeLessThanOrEqual(rows.MOST_ROWS);
    }
  });

  it('reaches both ends', () => {
    let window = rows.held(rows.TAIL, messages);
    for (let i = 0; i < 40; i++) window = rows.trimmedBottom(rows.grownUp(window, messages), messages, 300);
    expect(rows.boundsOf(window, messages).start).toBe(0);
    for (let i = 0; i < 40; i++) window = rows.trimmedTop(rows.grownDown(window, messages), messages, 300);
    expect(rows.boundsOf(window, messages).end).toBe(1_000);
    expect(window.last).toBeNull();
  });
});
