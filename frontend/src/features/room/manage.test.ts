import { describe, expect, it } from 'vitest';
import type { YouShape } from '../../protocol/generated';
import { participant } from '../../sync/shapes.testing';
import { hasAny, looksAfter, offers } from './manage';

const ROLES = ['owner', 'moderator', 'member', 'viewer'] as const;

function removable(role: YouShape['role']): readonly string[] {
  const you = { participant_id: 'me', role };
  return ROLES.filter((theirs) => offers(you, participant('them', { role: theirs })).mayRemove);
}

describe('what is offered', () => {
  it('follows the rules of the server', () => {
    expect(removable('owner')).toEqual(['owner', 'moderator', 'member', 'viewer']);
    expect(removable('moderator')).toEqual(['member', 'viewer']);
    expect(removable('member')).toEqual([]);
    expect(removable('viewer')).toEqual([]);
  });

  it('is one’s own name to everybody, and roles of people to owners', () => {
    const persona = participant('ada', { kind: 'persona' });
    for (const role of ROLES) {
      const you = { participant_id: 'me', role };
      expect(offers(you, participant('me', { role })).isSelf).toBe(true);
      expect(offers(you, participant('me', { role })).mayRemove).toBe(false);
      expect(offers(you, persona).maySetRole).toBe(false);
      expect(offers(you, participant('bob')).maySetRole).toBe(role === 'owner');
      expect(hasAny(offers(you, participant('bob')))).toBe(role === 'owner' || role === 'moderator');
      expect(offers(you, persona).mayEdit).toBe(looksAfter(you));
      expect(offers(you, participant('bob')).mayEdit).toBe(false);
      expect(looksAfter(you)).toBe(role === 'owner' || role === 'moderator');
    }
  });
});
