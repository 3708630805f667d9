/**
 * Votes that were cast here and are not yet answered. Pure.
 *
 * A lost connection makes one wait again: it goes out once more with the same `command_id`, and
 * the server counts it once. The last one for a poll is what you see as yours.
 */
export interface Vote {
  readonly commandId: string;
  readonly pollId: string;
  /** None: the vote is taken back. */
  readonly choices: readonly number[];
  readonly reason: string;
  readonly isSent: boolean;
}

export type Votes = readonly Vote[];

export function cast(votes: Votes, vote: Omit<Vote, 'isSent'>): Votes {
  // One that never went out is not worth telling any more.
  const rest = votes.filter((known) => known.pollId !== vote.pollId || known.isSent);
  return [...rest, { ...vote, isSent: false }];
}

/** What to send now, oldest first. */
export function due(votes: Votes): Votes {
  return votes.filter((vote) => !vote.isSent);
}

export function sent(votes: Votes, commandId: string): Votes {
  return votes.map((vote) => (vote.commandId === commandId ? { ...vote, isSent: true } : vote));
}

export function answered(votes: Votes, commandId: string): Votes {
  return votes.some((vote) => vote.commandId === commandId)
    ? votes.filter((vote) => vote.commandId !== commandId)
    : votes;
}

export function disconnected(votes: Votes): Votes {
  return votes.map((vote) => (vote.isSent ? { ...vote, isSent: false } : vote));
}

export function latest(votes: Votes, pollId: string): Vote | undefined {
  return votes.findLast((vote) => vote.pollId === pollId);
}
