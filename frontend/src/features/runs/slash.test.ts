import { describe, expect, it } from 'vitest';
import { commandQuery, commandsFor, type MentionOption } from '../room/mentionmenu';
import { commandOf, readCommand } from './slash';
import { DEBATE } from './modes.testing';

const ROUND_ROBIN = { ...DEBATE, name: 'round_robin' };
const read = (text: string) => readCommand(text, [DEBATE, ROUND_ROBIN]);

describe('what begins with a slash', () => {
  it('is a run where a mode of the server is named', () => {
    expect(read('/debate Monday, or\n Friday? ')).toEqual({ mode: 'debate', goal: 'Monday, or\n Friday?' });
    expect(read('/RoundRobin')).toEqual({ mode: 'round_robin', goal: '' });
    expect(read('/round_robin go')).toEqual({ mode: 'round_robin', goal: 'go' });
    expect(read('/autopilot go')).toEqual({ mode: '', goal: 'go' });
  });

  it('is a message where it is not', () => {
    expect(read('/debates now')).toBeNull();
    expect(read('/relay a text')).toBeNull();
    expect(read('debate this')).toBeNull();
    expect(read('/etc/debate')).toBeNull();
  });

  it('is completed while its name is typed, and only there', () => {
    expect(commandQuery('/deb', 4)).toEqual({ start: 0, words: 'deb', sign: '/' });
    expect(commandQuery('/', 1)?.words).toBe('');
    expect(commandQuery('/debate us', 10)).toBeNull();
    expect(commandQuery('and /deb', 8)).toBeNull();
    const offered = ['debate', 'relay'].map((insert): MentionOption => ({
      key: insert,
      insert,
      name: '',
      hint: '',
      participant: null,
      icon: 'run',
    }));
    expect(commandsFor('DE', offered).map(({ insert }) => insert)).toEqual(['debate']);
  });

  it('is typed without the dashes of a name', () => {
    expect(commandOf('round_robin')).toBe('roundrobin');
  });
});
