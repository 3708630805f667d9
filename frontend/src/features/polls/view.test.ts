import { describe, expect, it } from 'vitest';
import { participant, poll } from '../../sync/shapes.testing';
import { command, isComplete, slashPoll, withRoom } from './draft';
import { asked, optionViews, outcome, rules, split } from './view';

const three = { total: 3, people: 2, personas: 1 };
const none = { total: 0, people: 0, personas: 0 };

describe('a poll in the timeline', () => {
  it('has a bar an option, with the part of personas, and what leads', () => {
    const [first, second] = optionViews(poll('p', { voters: { ...three, total: 4 }, tally: [three, none] }));
    expect(first).toMatchObject({ total: 3, share: 75, isLeading: true });
    expect(first?.personaShare).toBeCloseTo(33.3, 1);
    expect(second).toMatchObject({ total: 0, share: 0, personaShare: 0, isLeading: false });
  });

  it('has no count and nothing that leads while it is sealed', () => {
    for (const option of optionViews(poll('p', { tally: null, voters: three }))) {
      expect(option).toMatchObject({ total: null, share: 0, isLeading: false });
    }
  });

  it('asks who may vote now, and at its end whom it had asked', () => {
    const people = [
      participant('a'),
      participant('b', { role: 'viewer' }),
      participant('c', { left_at: '2026-01-01T00:00:00.000Z' }),
      participant('ada', { kind: 'persona' }),
    ];
    expect(asked(poll('p'), people)).toBe(2);
    expect(asked(poll('p', { persona_voting: 'none' }), people)).toBe(1);
    expect(asked(poll('p', { voters: three }), people)).toBe(3);
    expect(asked(poll('p', { electorate: { people: 5, personas: 2 } }), people)).toBe(7);
  });

  it('tells people from personas only where it knows and both voted', () => {
    expect(split(2, 1)).toBe('2 people, 1 AI');
    expect(split(2, 0)).toBe('');
    expect(split(null, null)).toBe('');
  });

  it('says its rules and its outcome in words', () => {
    const strict = poll('p', { is_anonymous: true, is_sealed: true, persona_voting: 'none' });
    expect(rules(strict)).toBe('Choose one · anonymous · sealed until it closes · people only');
    expect(outcome(poll('p', { voters: three, tally: [none, three] }))).toBe(
      'The poll “Which day?” is closed: Friday with 3 of 3 votes',
    );
    expect(outcome(poll('p'))).toBe('The poll “Which day?” is closed without a vote');
  });
});

describe('a poll before it is asked', () => {
  it('is read from the slash command', () => {
    expect(slashPoll('/poll Which  day? | Monday|  Friday | ')).toEqual({
      question: 'Which day?',
      options: ['Monday', 'Friday'],
    });
    expect(slashPoll(' /POLL')).toEqual({ question: '', options: [] });
    for (const text of ['/polls are fun', 'a /poll b', '/pollution']) expect(slashPoll(text)).toBeNull();
  });

  it('is complete with a question and two different options', () => {
    expect(isComplete({ question: 'Q', options: ['a', 'b'] })).toBe(true);
    for (const options of [['a'], ['a', 'A'], Array.from('abcdefghijklm'), ['a', 'x'.repeat(121)]]) {
      expect(isComplete({ question: 'Q', options })).toBe(false);
    }
    expect(isComplete({ question: '', options: ['a', 'b'] })).toBe(false);
  });

  it('always has room for one more option, up to twelve', () => {
    expect(withRoom([])).toEqual(['', '']);
    expect(withRoom(['a'])).toEqual(['a', '']);
    expect(withRoom(['a', 'b'])).toEqual(['a', 'b', '']);
    expect(withRoom(['a', ''])).toEqual(['a', '']);
    expect(withRoom(Array.from('abcdefghijkl'))).toHaveLength(12);
    expect(command({ question: ' Q ', options: ['a ', '', 'b'] })).toEqual({
      question: 'Q',
      options: ['a', 'b'],
    });
  });
});
