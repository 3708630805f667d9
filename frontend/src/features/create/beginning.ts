/** The run that a room is made with. */
import { local } from '../../lib/storage';
import { t } from '../../lib/text.later';
import { api } from '../../net/api';
import type { PresetRun } from '../../protocol/generated';
import { toasts } from '../../state/toasts.svelte';

/** What will happen. The preset's sentence is of its own cast. */
export function outlookWords(run: PresetRun, isOwnCast: boolean): string {
  return isOwnCast ? run.about : t('preset_run_of', { mode: run.title });
}

/** Starts it in the room. Where that fails the room is there all the same, and what was asked for stands
 * in its box, from where it can be tried again. */
export async function begin(roomId: string, run: PresetRun, goal: string): Promise<void> {
  const { mode, rounds, quorum, choices, max_turns, max_usd } = run;
  try {
    await api.startRun(roomId, { mode, rounds, quorum, choices, max_turns, max_usd, goal });
  } catch (error) {
    local.write(`draft:${roomId}`, `/${mode} ${goal}`);
    toasts.show(error instanceof Error ? error.message : t('unknown_reason'), 'danger');
  }
}
