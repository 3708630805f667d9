/** A poll before it is asked. Pure. */
import type { CreatePoll } from '../../protocol/generated';

export const OPTIONS_LEAST = 2;
export const OPTIONS_MOST = 12;
/** As rooms/protocol/polls.py has them. */
export const QUESTION_CHARACTERS = 300;
export const OPTION_CHARACTERS = 120;

export const DEADLINES = {
  none: null,
  minutes: 5 * 60,
  hour: 3_600,
  day: 24 * 3_600,
  week: 7 * 24 * 3_600,
} as const;
export type Deadline = keyof typeof DEADLINES;

export interface PollDraft {
  readonly question: string;
  readonly options: readonly string[];
}

const SLASH = /^\/poll(?:\s+|$)/i;

/** What `/poll question | option | option` asks; null for a text that is no such command. */
export function slashPoll(text: string): PollDraft | null {
  const trimmed = text.trim();
  if (!SLASH.test(trimmed)) return null;
  const [question = '', ...options] = trimmed
    .replace(SLASH, '')
    .split('|')
    .map((part) => part.replace(/\s+/g, ' ').trim());
  return { question, options: options.filter((option) => option !== '') };
}

export function isComplete({ question, options }: PollDraft): boolean {
  const distinct = new Set(options.map((option) => option.toLowerCase()));
  const fits = options.every((option) => Array.from(option).length <= OPTION_CHARACTERS);
  return (
    question !== '' &&
    Array.from(question).length <= QUESTION_CHARACTERS &&
    options.length >= OPTIONS_LEAST &&
    options.length <= OPTIONS_MOST &&
    distinct.size === options.length &&
    fits
  );
}

/** Fields for the options: at least two, and an empty one to go on with. */
export function withRoom(options: readonly string[]): readonly string[] {
  const filled = options.length < OPTIONS_LEAST || options.at(-1)?.trim() !== '';
  if (!filled || options.length >= OPTIONS_MOST) return options.slice(0, OPTIONS_MOST);
  const missing = Math.max(1, OPTIONS_LEAST - options.length);
  return [...options, ...Array<string>(missing).fill('')];
}

export function command(draft: PollDraft, rules: Omit<CreatePoll, 'question' | 'options'> = {}): CreatePoll {
  const options = draft.options.map((option) => option.trim()).filter((option) => option !== '');
  return { ...rules, question: draft.question.trim(), options };
}
