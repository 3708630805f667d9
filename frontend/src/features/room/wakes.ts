/** The wake ledger in words: what a persona did because of a message, and why. Pure. */
import { t } from '../../lib/text.later';
import type { RouterShape, WakeShape } from '../../protocol/generated';

export interface WakeLine {
  readonly participantId: string;
  /** What it did, or did not. */
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly tone: 'good' | 'open' | 'bad' | 'none';
}

const TONES = {
  done: 'good',
  running: 'open',
  queued: 'open',
  passed: 'none',
  stopped: 'bad',
  failed: 'bad',
  blocked: 'bad',
} as const;

/** `nameOf` is what participants are called now. */
export function wakeLine(
  wake: WakeShape,
  router: RouterShape | null,
  nameOf: (id: string) => string,
): WakeLine {
  const { turn } = wake;
  const reasons = [why(wake, router, nameOf)];
  if (wake.task !== '') reasons.push(t('wakes_task', { task: wake.task }));
  if (turn?.error !== null && turn?.error !== undefined) reasons.push(turn.error.message);
  if (wake.note !== '') reasons.push(t('wakes_note', { note: wake.note }));
  return {
    participantId: wake.participant_id,
    outcome: outcome(wake, router),
    reasons,
    tone: turn === null ? (wake.step === 'waiting' ? 'open' : 'none') : TONES[turn.state],
  };
}

/** Those who spoke or may still, first; else in the room's order. */
export function ordered(wakes: readonly WakeShape[]): readonly WakeShape[] {
  const rank = ({ turn, step }: WakeShape) => (turn !== null ? 0 : step !== null ? 1 : 2);
  return [...wakes].sort((a, b) => rank(a) - rank(b));
}

function outcome(wake: WakeShape, router: RouterShape | null): string {
  if (wake.turn !== null) return t(`wake_${wake.turn.state}`);
  if (wake.step === 'waiting') return t('wake_waiting');
  if (wake.step === 'dropped') return t('wake_dropped');
  if (wake.why === 'routed' && isOpen(router)) return t('wake_asking');
  return t('wake_nothing');
}

function why(wake: WakeShape, router: RouterShape | null, nameOf: (id: string) => string): string {
  if (wake.why === 'then') return t('why_then', { names: wake.after_ids.map(nameOf).join(', ') });
  if (wake.why !== 'routed' || router === null || isOpen(router)) return t(`why_${wake.why}`);
  if (router.state === 'decided')
    return t(router.chosen_ids.includes(wake.participant_id) ? 'why_routed_chosen' : 'why_routed_not');
  return t(router.state === 'late' ? 'why_routed_late' : 'why_routed_failed');
}

function isOpen(router: RouterShape | null): boolean {
  return router?.state === 'waiting' || router?.state === 'asking';
}
