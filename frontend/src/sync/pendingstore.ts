/** What is waiting to be sent survives a reload of the tab. */
import * as v from 'valibot';
import { disconnected, type Pending } from './pending';

const Kept = v.array(
  v.object({
    commandId: v.string(),
    text: v.string(),
    replyToId: v.optional(v.nullable(v.string()), null),
    isQuiet: v.optional(v.boolean(), false),
    at: v.number(),
    state: v.picklist(['waiting', 'sending', 'accepted', 'refused']),
    error: v.nullable(v.string()),
  }),
);

export function keepPending(pending: Pending): string | null {
  const open = pending.filter((send) => send.state !== 'accepted');
  return open.length === 0 ? null : JSON.stringify(open);
}

export function readPending(kept: string | null): Pending {
  if (kept === null) return [];
  try {
    return disconnected(v.parse(Kept, JSON.parse(kept)));
  } catch {
    return [];
  }
}
