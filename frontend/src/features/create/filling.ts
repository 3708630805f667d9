/**
 * What a preset fills in. A field is touched when it differs from what was filled in last;
 * touched fields are kept unless their author lets them go.
 */
import type { NewRoom } from '../../net/api';
import type { Preset } from '../../protocol/generated';

export interface Filled {
  readonly name: string;
  readonly description: string;
  readonly visibility: NewRoom['visibility'];
  readonly cast: readonly string[];
}

export type Field = keyof Filled;

export const BLANK: Filled = { name: '', description: '', visibility: 'link', cast: [] };

export function fromPreset(preset: Preset | null): Filled {
  if (preset === null) return BLANK;
  return {
    name: preset.room_name,
    description: preset.room_description,
    visibility: preset.visibility,
    cast: preset.persona_ids,
  };
}

/** The fields that somebody changed since `filled`. The order of the cast does not count. */
export function touched(now: Filled, filled: Filled): Field[] {
  const fields: Field[] = [];
  if (now.name.trim() !== filled.name) fields.push('name');
  if (now.description.trim() !== filled.description) fields.push('description');
  if (!isSameCast(now.cast, filled.cast)) fields.push('cast');
  if (now.visibility !== filled.visibility) fields.push('visibility');
  return fields;
}

/** `next`, but `kept` fields as they are `now`. */
export function fill(now: Filled, next: Filled, kept: readonly Field[]): Filled {
  const keep = new Set(kept);
  return {
    name: keep.has('name') ? now.name : next.name,
    description: keep.has('description') ? now.description : next.description,
    visibility: keep.has('visibility') ? now.visibility : next.visibility,
    cast: keep.has('cast') ? now.cast : next.cast,
  };
}

export function isSameCast(one: readonly string[], other: readonly string[]): boolean {
  const ids = new Set(one);
  return ids.size === new Set(other).size && other.every((id) => ids.has(id));
}
