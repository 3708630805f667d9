/**
 * Messages that were sent here and are not yet in the room's state. Pure.
 *
 * waiting → sending → accepted → (the message arrives: gone). A lost connection turns
 * "sending" back into "waiting": it goes out again with the same `command_id`, and the
 * server does it once.
 */
import type { MessageShape } from '../protocol/generated';

export interface PendingSend {
  readonly commandId: string;
  readonly text: string;
  readonly replyToId: string | null;
  /** Wakes nobody. */
  readonly isQuiet: boolean;
  readonly at: number;
  readonly state: 'waiting' | 'sending' | 'accepted' | 'refused';
  readonly error: string | null;
}

export type Pending = readonly PendingSend[];

export function add(
  pending: Pending,
  commandId: string,
  text: string,
  at: number,
  replyToId: string | null = null,
  isQuiet = false,
): Pending {
  return [...pending, { commandId, text, replyToId, isQuiet, at, state: 'waiting', error: null }];
}

/** What to send now, oldest first. */
export function due(pending: Pending): Pending {
  return pending.filter((send) => send.state === 'waiting');
}

export function sent(pending: Pending, commandId: string): Pending {
  return change(pending, commandId, { state: 'sending', error: null });
}

export function accepted(pending: Pending, commandId: string): Pending {
  return change(pending, commandId, { state: 'accepted', error: null });
}

export function refused(pending: Pending, commandId: string, error: string): Pending {
  return change(pending, commandId, { state: 'refused', error });
}

export function again(pending: Pending, commandId: string): Pending {
  return change(pending, commandId, { state: 'waiting', error: null });
}

export function discard(pending: Pending, commandId: string): Pending {
  return pending.filter((send) => send.commandId !== commandId);
}

/** The connection is gone: what was under way has no answer, and waits. */
export function disconnected(pending: Pending): Pending {
  return pending.map((send) => (send.state === 'sending' ? { ...send, state: 'waiting' } : send));
}

/** Drops what the room's state shows by now. */
export function settle(pending: Pending, messages: readonly MessageShape[]): Pending {
  if (pending.length === 0) return pending;
  const ids = new Set(pending.map((send) => send.commandId));
  const arrived = new Set<string>();
  for (const { command_id } of messages)
    if (command_id !== null && ids.has(command_id)) arrived.add(command_id);
  return arrived.size === 0 ? pending : pending.filter((send) => !arrived.has(send.commandId));
}

function change(pending: Pending, commandId: string, to: Partial<PendingSend>): Pending {
  return pending.map((send) => (send.commandId === commandId ? { ...send, ...to } : send));
}
