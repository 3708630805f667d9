/** What is shown of raised hands, derived from the room. Pure. */
import type { HandShape, ParticipantShape } from '../../protocol/generated';
import type { RoomState } from '../../sync/model';

/** So many stand above the message box until somebody asks for the others. */
export const SHOWN = 3;

export interface HandView {
  readonly id: string;
  readonly who: ParticipantShape;
  readonly line: string;
  /** Granted, and waiting for the moment between two turns. */
  readonly isNext: boolean;
}

/** Those of whoever is still here: who is heard next stands first, then the oldest. */
export function handsUp({ hands, participants }: RoomState): readonly HandView[] {
  const views = hands.flatMap((hand): HandView[] => {
    const who = participants.get(hand.participant_id);
    if (who === undefined || who.left_at !== null) return [];
    return [{ id: hand.id, who, line: hand.line, isNext: hand.state === 'granted' }];
  });
  return views.toSorted((one, other) => Number(other.isNext) - Number(one.isNext));
}

/** What tells one raising from the next: raised again, a hand has another line. */
export function keyOf({ id, line }: Pick<HandShape, 'id' | 'line'>): string {
  return `${id} ${line}`;
}

/** Those that nobody was told of yet; `told` has the keys of those that somebody was. */
export function untold(hands: readonly HandView[], told: ReadonlySet<string>): readonly HandView[] {
  return hands.filter((hand) => !hand.isNext && !told.has(keyOf(hand)));
}
