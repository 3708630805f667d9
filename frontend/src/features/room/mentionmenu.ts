/** What the composer offers after an "@", and at the beginning of a command. Pure. */
import { shortModel } from '../../lib/people';
import { t } from '../../lib/text';
import type { ParticipantShape } from '../../protocol/generated';

export interface MentionOption {
  readonly key: string;
  /** What is written after the "@". */
  readonly insert: string;
  readonly name: string;
  readonly hint: string;
  readonly participant: ParticipantShape | null;
  /** Of what is no participant. */
  readonly icon: 'people' | 'run' | 'poll';
}

export interface MentionQuery {
  /** Where the "@" stands. */
  readonly start: number;
  readonly words: string;
  readonly sign: '@' | '/';
}

const OPTIONS_MOST = 8;

/** The mention that is being typed before `caret`, if any. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf('@');
  if (start < 0) return null;
  // Inside a word or an address it is none; names may have a space or two.
  if (start > 0 && /[\p{L}\p{N}_\\%+]/u.test(before[start - 1] ?? '')) return null;
  const words = before.slice(start + 1);
  if (words.length > 60 || words.includes('\n') || /^\s/.test(words) || words.split(' ').length > 4)
    return null;
  return { start, words, sign: '@' };
}

/** The command whose name is being typed: it is all there is before `caret`. */
export function commandQuery(text: string, caret: number): MentionQuery | null {
  const words = /^\/(\w*)$/.exec(text.slice(0, caret))?.[1];
  return words === undefined ? null : { start: 0, words, sign: '/' };
}

/** Of the commands, those that begin so. */
export function commandsFor(words: string, offered: readonly MentionOption[]): readonly MentionOption[] {
  return offered.filter(({ insert }) => insert.startsWith(words.toLowerCase()));
}

/** What tells one from another beside the name: the title, and for a persona what speaks for it. */
function hintOf(who: ParticipantShape): string {
  const voice = who.is_scripted ? t('scripted_short') : who.model === null ? '' : shortModel(who.model);
  return [who.is_muted ? t('muted') : '', who.title, voice].filter((part) => part !== '').join(' · ');
}

export function mentionOptions(
  words: string,
  participants: readonly ParticipantShape[],
  youId: string,
): readonly MentionOption[] {
  const wanted = words.toLowerCase();
  const present = participants.filter((p) => p.left_at === null && p.id !== youId);
  const personas = present.filter((p) => p.kind === 'persona');
  const sorted = [...personas, ...present.filter((p) => p.kind === 'human')];
  const options = sorted.map((p) => ({
    key: p.id,
    insert: p.name,
    name: p.name,
    hint: hintOf(p),
    participant: p,
    icon: 'people' as const,
  }));
  const all: MentionOption = {
    key: 'all',
    insert: 'all',
    name: t('all_personas'),
    hint: t('all_hint'),
    participant: null,
    icon: 'people',
  };
  const offered: readonly MentionOption[] = personas.length > 1 ? [...options, all] : options;
  const isAll = (option: MentionOption) => option.participant === null && 'everyone'.startsWith(wanted);
  const matches = offered.filter(
    (option) =>
      isAll(option) ||
      option.insert.toLowerCase().startsWith(wanted) ||
      option.name
        .toLowerCase()
        .split(/\s+/)
        .some((word) => word.startsWith(wanted)) ||
      (option.participant?.aliases.some((alias) => alias.toLowerCase().startsWith(wanted)) ?? false),
  );
  return matches.slice(0, OPTIONS_MOST);
}
