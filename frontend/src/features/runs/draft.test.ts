import { describe, expect, it } from 'vitest';
import type { RunEstimate } from '../../protocol/generated';
import {
  areOfficesApart,
  castOf,
  estimateWords,
  fieldsOf,
  money,
  moved,
  specOf,
  withRoom,
  type Fields,
} from './draft';
import { DEBATE } from './modes.testing';

const FIELDS: Fields = {
  cast: castOf(['ada', 'bo', 'cy'], ['bo', 'ada']),
  people: ['alice'],
  offices: {},
  rounds: '',
  choices: '',
  quorum: 'all',
  maxTurns: '',
  maxMinutes: '',
  maxUsd: '',
  stopsOnHuman: false,
};
const ESTIMATE: RunEstimate = {
  turns: 8,
  max_turns: 16,
  cast: ['ada', 'bo'],
  offices: [{ office: 'judge', participant_id: 'cy' }],
  input_tokens: 12_000,
  output_tokens: 2_400,
  usd: 0.0312,
  is_scripted: false,
};

describe('a run before it is started', () => {
  it('leaves to the server what nobody filled in', () => {
    expect(specOf(DEBATE, FIELDS)).toEqual({
      mode: 'debate',
      cast_ids: ['bo', 'ada'],
      offices: [],
      people_ids: [],
      rounds: 0,
      choices: [],
      max_turns: 0,
      max_seconds: 0,
      max_usd: 0,
      stop: null,
    });
  });

  it('begins with what the room was made for', () => {
    const proposal = { title: 'Debate', question: '', about: '', mode: 'debate', rounds: 1, max_turns: 0 };
    const fields = fieldsOf({ ...proposal, quorum: 1, choices: ['Tea', 'Coffee'], max_usd: 0.5 });
    expect(specOf(DEBATE, fields)).toMatchObject({ rounds: 1, choices: ['Tea', 'Coffee'], max_usd: 0.5 });
    expect([fields.quorum, fields.maxTurns]).toEqual(['all', '']);
    expect(fieldsOf(undefined)).toMatchObject({ rounds: '', choices: '', quorum: 'two_thirds', maxUsd: '' });
  });

  it('sends what was filled in', () => {
    const filled: Fields = {
      ...FIELDS,
      offices: { judge: 'cy' },
      rounds: '1',
      choices: ' Monday \n\nFriday',
      maxTurns: '20',
      maxMinutes: '5',
      maxUsd: '0,5',
      stopsOnHuman: true,
    };
    expect(specOf(DEBATE, filled)).toMatchObject({
      offices: [{ office: 'judge', participant_id: 'cy' }],
      rounds: 1,
      choices: ['Monday', 'Friday'],
      max_turns: 20,
      max_seconds: 300,
      max_usd: 0.5,
      stop: { kind: 'human' },
    });
  });

  it('asks for a share, for choices and for people only where they can be taken', () => {
    const plain = { ...DEBATE, offices: [], takes_choices: false };
    expect(specOf(plain, { ...FIELDS, offices: { judge: 'cy' }, choices: 'a\nb' })).toMatchObject({
      choices: [],
      offices: [],
    });
    const open = { ...DEBATE, phases: ['answers', 'vote'], takes_people: true };
    expect(specOf(open, FIELDS)).toMatchObject({ quorum: 1, people_ids: ['alice'] });
  });

  it.each(['two', '-1', '1.5', '999'])('says that %s is no number of turns', (text) => {
    expect(() => specOf(DEBATE, { ...FIELDS, maxTurns: text })).toThrow(`“${text}”`);
  });

  it('has those who take part first, and moves them as far as the list goes', () => {
    expect(FIELDS.cast.map(({ id, isIn }) => `${id} ${isIn}`)).toEqual(['bo true', 'ada true', 'cy false']);
    expect(moved(FIELDS.cast, 'cy', -1).map(({ id }) => id)).toEqual(['bo', 'cy', 'ada']);
    expect(moved(FIELDS.cast, 'bo', -1)).toBe(FIELDS.cast);
    expect(moved(FIELDS.cast, 'nobody', 1)).toBe(FIELDS.cast);
  });

  it('follows who comes and who goes', () => {
    const now = withRoom(FIELDS.cast, ['ada', 'cy', 'dee']);
    expect(now.map(({ id, isIn }) => `${id} ${isIn}`)).toEqual(['ada true', 'cy false', 'dee false']);
  });

  it('sees from the server’s choice whether a judge is beside the cast', () => {
    expect(areOfficesApart(ESTIMATE)).toBe(true);
    expect(areOfficesApart({ ...ESTIMATE, cast: ['ada', 'cy'] })).toBe(false);
  });

  it('says what it is likely to take, and never that an unknown price is none', () => {
    const about = 'About 8 turns, at most 16 · 12,000 tokens read, 2,400 written · ';
    expect(estimateWords(ESTIMATE)).toBe(`${about}about $0.031`);
    expect(estimateWords({ ...ESTIMATE, usd: null })).toBe(`${about}no price is known`);
    expect(estimateWords({ ...ESTIMATE, usd: 0, is_scripted: true })).toBe(`${about}free: a scripted demo`);
    expect(money(12)).toBe('$12.00');
    expect(money(0)).toBe('$0.00');
  });
});
