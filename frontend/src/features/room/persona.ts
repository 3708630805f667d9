/** A persona as it is being written, and the catalogue to choose from. Pure. */
import type { ParticipantShape, Persona, PersonaSetup } from '../../protocol/generated';

export interface PersonaDraft {
  name: string;
  title: string;
  description: string;
  model: string;
  fallbacks: readonly string[];
  prompt: string;
  style: PersonaSetup['style'];
  avatar: string;
}

export const STYLES = ['conversational', 'detailed', 'bullet'] as const;

const FIELDS = ['name', 'title', 'description', 'model', 'fallbacks', 'prompt', 'style', 'avatar'] as const;

export const BLANK_PERSONA: Readonly<PersonaDraft> = {
  name: '',
  title: '',
  description: '',
  model: '',
  fallbacks: [],
  prompt: '',
  style: 'conversational',
  avatar: '',
};

/** What differs: all else stays as it is by now, also where somebody else changed it meanwhile. */
export function changesOf(now: PersonaDraft, before: PersonaDraft): Partial<PersonaDraft> {
  const changed = FIELDS.filter((field) => !isSame(now[field], before[field]));
  return Object.fromEntries(changed.map((field) => [field, now[field]]));
}

function isSame(one: string | readonly string[], other: string | readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The personas of the catalogue in which every word stands somewhere. */
export function matching(personas: readonly Persona[], words: string): readonly Persona[] {
  const wanted = words.toLowerCase().split(/\s+/);
  return personas.filter((persona) => {
    const said = `${persona.name} ${persona.title} ${persona.description}`.toLowerCase();
    return wanted.every((word) => said.includes(word));
  });
}

/** Who is in the room, by name: one more of a name gets a number from the server. */
export function namesOf(participants: Iterable<ParticipantShape>): ReadonlySet<string> {
  return new Set([...participants].filter((who) => who.left_at === null).map((who) => who.name));
}
