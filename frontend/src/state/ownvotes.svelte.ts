/** Your votes on their way to the server, shown as yours at once. */
import * as v from 'valibot';
import { newId } from '../lib/ids';
import { BallotShape } from '../protocol/generated';
import * as votes from '../sync/votes';
import { toasts } from './toasts.svelte';

const Result = v.object({ ballot: BallotShape });

interface Links {
  /** Answers whether there is a connection to send on. */
  readonly send: (frame: object) => boolean;
  /** What the server has counted. */
  readonly onBallot: (ballot: BallotShape) => void;
}

export class OwnVotes {
  pending = $state.raw<votes.Votes>([]);
  readonly #links: Links;

  constructor(links: Links) {
    this.#links = links;
  }

  /** Votes, or with no choices takes the vote back; waits where there is no connection. */
  cast(pollId: string, choices: readonly number[], reason: string): void {
    this.pending = votes.cast(this.pending, { commandId: newId(), pollId, choices, reason });
    this.sendDue();
  }

  latest(pollId: string): votes.Vote | undefined {
    return votes.latest(this.pending, pollId);
  }

  sendDue(): void {
    for (const { commandId, pollId, choices, reason } of votes.due(this.pending)) {
      const isRetracted = choices.length === 0;
      const data = isRetracted ? { poll_id: pollId } : { poll_id: pollId, choices, reason };
      const type = isRetracted ? 'poll.retract' : 'poll.vote';
      if (!this.#links.send({ type, command_id: commandId, data })) return;
      this.pending = votes.sent(this.pending, commandId);
    }
  }

  disconnected(): void {
    this.pending = votes.disconnected(this.pending);
  }

  accepted(commandId: string, result: unknown): void {
    if (!this.#settle(commandId)) return;
    const answer = v.safeParse(Result, result);
    if (answer.success) this.#links.onBallot(answer.output.ballot);
  }

  refused(commandId: string, message: string): void {
    if (this.#settle(commandId)) toasts.show(message, 'danger');
  }

  /** Answers whether it was a vote. */
  #settle(commandId: string): boolean {
    const rest = votes.answered(this.pending, commandId);
    const wasVote = rest !== this.pending;
    this.pending = rest;
    return wasVote;
  }
}
