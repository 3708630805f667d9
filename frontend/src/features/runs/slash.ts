/** Commands that begin with a slash, as far as they begin something together. */
import { t } from '../../lib/text.runs';
import type { ModeShape, PresetRun } from '../../protocol/generated';
import type { MentionOption } from '../room/mentionmenu';
import { modes } from './modes.svelte';

/** What a run is to be, as far as it was typed. */
export interface RunDraft {
  /** Blank: not chosen yet. */
  readonly mode: string;
  readonly goal: string;
  /** What the room was made for. */
  readonly proposal?: PresetRun;
}

const ANY = 'autopilot';

/** `round_robin` is typed as `/roundrobin`. */
export function commandOf(mode: string): string {
  return mode.replaceAll('_', '').toLowerCase();
}

/** What `/debate Should we?` begins; null for what is no command of a run. */
export function readCommand(text: string, known: readonly ModeShape[]): RunDraft | null {
  const [, word = '', goal = ''] = /^\/(\w+)(?:\s+([^]*))?$/.exec(text.trim()) ?? [];
  const typed = commandOf(word);
  if (typed === ANY) return { mode: '', goal: goal.trim() };
  const mode = known.find(({ name }) => commandOf(name) === typed);
  return mode === undefined ? null : { mode: mode.name, goal: goal.trim() };
}

/** As `readCommand`, of the modes that the server has; rejects where it can't be asked. */
export async function runOf(text: string): Promise<RunDraft | null> {
  return readCommand(text, await modes.all());
}

/** What the composer offers after a slash. */
export async function commandOptions(): Promise<readonly MentionOption[]> {
  const offer = (insert: string, hint: string, icon: MentionOption['icon']): MentionOption => {
    return { key: insert, insert, name: `/${insert}`, hint, participant: null, icon };
  };
  const known = await modes.all();
  return [
    ...known.map(({ name, about }) => offer(commandOf(name), about, 'run')),
    offer(ANY, t('run_slash_any'), 'run'),
    offer('poll', t('run_slash_poll'), 'poll'),
  ];
}
