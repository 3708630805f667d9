/** Those that were not allowed to speak, told once for a message and a reason. Pure. */
import type { TurnShape } from '../../protocol/generated';

export interface Refusal {
  readonly key: string;
  readonly reason: string;
  readonly personaIds: readonly string[];
  /** One of the refused turns, where more can be granted. */
  readonly grants: string | null;
}

const GRANTABLE: ReadonlySet<string> = new Set([
  'depth_limit',
  'turn_limit',
  'persona_limit',
  'pair_limit',
  'fanout_limit',
  'token_limit',
  'chain_budget',
]);

/** For the ledger alone: nothing is missing in the room, since the persona answers all the same. */
const UNTOLD: ReadonlySet<string> = new Set(['already_queued', 'self_mention']);

/** Of the notes of one message: the refusals, and all others. */
export function split(
  notes: readonly TurnShape[],
  retried: ReadonlySet<string>,
): { refusals: readonly Refusal[]; others: readonly TurnShape[] } {
  const grouped = new Map<string, TurnShape[]>();
  const others: TurnShape[] = [];
  for (const turn of notes) {
    if (turn.state !== 'blocked' || turn.error === null) others.push(turn);
    else if (!UNTOLD.has(turn.error.code) && !retried.has(turn.id)) {
      const { code, message } = turn.error;
      const key = `${code} ${message}`;
      grouped.set(key, [...(grouped.get(key) ?? []), turn]);
    }
  }
  const refusals = [...grouped].map(([key, turns]): Refusal => {
    const first = turns[0];
    return {
      key,
      reason: first?.error?.message ?? '',
      personaIds: [...new Set(turns.map((turn) => turn.participant_id))],
      grants: first?.error && GRANTABLE.has(first.error.code) ? first.id : null,
    };
  });
  return { refusals, others };
}
