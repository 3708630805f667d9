/** What a persona was given, as it is shown. Pure. */
import { t } from '../../lib/text.later';
import type { GivenShape } from '../../protocol/generated';

type Part = GivenShape['parts'][number];

const NAMES = {
  tools: 'given_part_tools',
  rules: 'given_part_rules',
  persona: 'given_part_persona',
  room: 'given_part_room',
  roster: 'given_part_roster',
  memory: 'given_part_memory',
  conversation: 'given_part_conversation',
  pins: 'given_part_pins',
  polls: 'given_part_polls',
  recalled: 'given_part_recalled',
  notes: 'given_part_notes',
  turn: 'given_part_turn',
  round: 'given_part_round',
} as const;

function isKnown(name: string): name is keyof typeof NAMES {
  return Object.hasOwn(NAMES, name);
}

/** Each is a message of its own. */
const isWhole = (part: Part): boolean => part.name === 'round';

/** The parts in their order, neighbours of one name together. */
export function sections(given: GivenShape): Part[] {
  const joined: Part[] = [];
  for (const part of given.parts) {
    const last = joined.at(-1);
    if (last?.name === part.name && last.role === part.role && !isWhole(part))
      joined[joined.length - 1] = {
        ...last,
        text: last.text + part.text,
        tokens: last.tokens + part.tokens,
      };
    else joined.push(part);
  }
  return joined;
}

/** A name that this page does not know yet is shown as it is. */
export function sectionName(name: string): string {
  return isKnown(name) ? t(NAMES[name]) : name;
}

/** The messages of the request, each under its role. */
export function rawText(given: GivenShape): string {
  const texts: string[] = [];
  let role = '';
  for (const part of given.parts) {
    if (part.role !== role || isWhole(part)) texts.push(`${role === '' ? '' : '\n\n'}--- ${part.role} ---\n`);
    role = part.role;
    texts.push(part.text);
  }
  return texts.join('');
}
