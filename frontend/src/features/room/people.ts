/** Which people the panel shows before it is asked for all. Pure. */
import type { ParticipantShape } from '../../protocol/generated';

const WITHOUT_ASKING = 12;
const OF_MANY = 8;

/**
 * Everybody in a small room. In a large one as many as leave the personas in sight: yourself,
 * then who is online, then the others; whoever is shown stands in the room's order.
 */
export function shownPeople(
  people: readonly ParticipantShape[],
  youId: string,
  online: ReadonlySet<string>,
): readonly ParticipantShape[] {
  if (people.length <= WITHOUT_ASKING) return people;
  const rank = (who: ParticipantShape) => (who.id === youId ? 0 : online.has(who.id) ? 1 : 2);
  const first = new Set([...people].sort((a, b) => rank(a) - rank(b)).slice(0, OF_MANY));
  return people.filter((who) => first.has(who));
}
