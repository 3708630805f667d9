import { describe, expect, it } from 'vitest';
import shared from './mentions.cases.json';
import { mentionPattern } from './mentions';

describe('what is shown as a mention', () => {
  const pattern = mentionPattern(shared.names);
  // rooms/tests/test_mentions.py reads the same file: what is shown is what the server takes it for.
  it.each(shared.cases.map(([text, found]) => ({ text, found })))('$text', ({ text, found }) => {
    expect([...String(text).matchAll(pattern)].map(([mention]) => mention)).toEqual(found);
  });
});
