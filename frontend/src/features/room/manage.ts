/** What the participants panel offers to whom; the server decides again. */
import type { ParticipantShape, YouShape } from '../../protocol/generated';

export interface Offers {
  readonly isSelf: boolean;
  readonly mayRemove: boolean;
  readonly maySetRole: boolean;
  /** Change a persona. */
  readonly mayEdit: boolean;
}

/** Who adds, edits and removes personas, and lets people in again. */
export function looksAfter(you: YouShape): boolean {
  return you.role === 'owner' || you.role === 'moderator';
}

export function offers(you: YouShape, who: ParticipantShape): Offers {
  const isSelf = who.id === you.participant_id;
  const isOwner = you.role === 'owner';
  const isOverseer = who.role === 'owner' || who.role === 'moderator';
  return {
    isSelf,
    mayRemove: !isSelf && (isOwner || (you.role === 'moderator' && !isOverseer)),
    maySetRole: isOwner && who.kind === 'human',
    mayEdit: who.kind === 'persona' && looksAfter(you),
  };
}

export function hasAny({ isSelf, mayRemove, maySetRole, mayEdit }: Offers): boolean {
  return isSelf || mayRemove || maySetRole || mayEdit;
}
