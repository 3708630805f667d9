import { expect, it } from 'vitest';
import { duration, secondsSince } from './time';

it('counts whole seconds, and none on a clock that is behind', () => {
  const at = '2026-01-05T12:00:00.000Z';
  expect(secondsSince(at, new Date('2026-01-05T12:01:05.900Z'))).toBe(65);
  expect(secondsSince(at, new Date('2026-01-05T11:59:00.000Z'))).toBe(0);
});

it.each([
  [0, '0 s'],
  [60, '1 min'],
  [65, '1 min 5 s'],
])('says %i seconds as %j', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
