/** Where runs stand in the room. Pure, and the only part of runs that comes with the first page. */
import type { RunShape, TurnShape } from '../../protocol/generated';
import type { RoomState } from '../../sync/model';

/** The run that is on, or paused; there is one at most. */
export function liveRun({ runs }: RoomState): RunShape | undefined {
  for (const run of runs.values()) if (run.state !== 'ended') return run;
  return undefined;
}

/** Runs whose outcome is kept in sight, the oldest first. */
export function pinnedRuns({ runs }: RoomState): readonly RunShape[] {
  return [...runs.values()]
    .filter(({ outcome }) => outcome?.is_pinned === true)
    .toSorted((one, other) => one.created_at.localeCompare(other.created_at));
}

/** Runs by the message with their goal. */
export function byGoal({ runs }: RoomState): ReadonlyMap<string, RunShape> {
  return new Map([...runs.values()].map((run) => [run.message_id, run]));
}

/** Runs that have ended, under the last message of their time. */
export function endedUnder(
  { runs, messages }: RoomState,
  turns: ReadonlyMap<string, TurnShape>,
): ReadonlyMap<string, readonly RunShape[]> {
  const under = new Map<string, RunShape[]>();
  const left = new Set([...runs.values()].filter(({ state }) => state === 'ended'));
  for (let i = messages.length - 1; i >= 0 && left.size > 0; i--) {
    const message = messages[i];
    if (message === undefined) continue;
    // What was sealed to the end is shown in the moment after it.
    const own = message.turn_id === null ? undefined : turns.get(message.turn_id)?.run?.run_id;
    for (const run of left) {
      if (own !== run.id && message.created_at > (run.ended_at ?? '')) continue;
      under.set(message.id, [...(under.get(message.id) ?? []), run]);
      left.delete(run);
    }
  }
  return under;
}
