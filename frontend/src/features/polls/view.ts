/** What a poll's card shows, derived from the poll and who is in the room. Pure. */
import { count, t } from '../../lib/text';
import type { ParticipantShape, PollShape } from '../../protocol/generated';

export interface OptionView {
  readonly index: number;
  readonly text: string;
  /** Null while that is sealed. */
  readonly total: number | null;
  readonly people: number | null;
  readonly personas: number | null;
  /** Of the bar, in percent. */
  readonly share: number;
  /** Of the bar's filled part, what personas chose; 0 where they are not told apart. */
  readonly personaShare: number;
  readonly isLeading: boolean;
}

/** Every option with its count; the bars measure against all who voted. */
export function optionViews(poll: PollShape): readonly OptionView[] {
  const most = Math.max(0, ...(poll.tally ?? []).map(({ total }) => total));
  return poll.options.map((text, index) => {
    const counted = poll.tally?.[index] ?? null;
    const total = counted?.total ?? null;
    const voters = Math.max(1, poll.voters.total);
    return {
      index,
      text,
      total,
      people: counted?.people ?? null,
      personas: counted?.personas ?? null,
      share: total === null ? 0 : (100 * total) / voters,
      personaShare: total === null || total === 0 ? 0 : (100 * (counted?.personas ?? 0)) / total,
      isLeading: total !== null && total > 0 && total === most,
    };
  });
}

/** How many the poll asks: those who may vote now, when it is closed those who might have. */
export function asked(poll: PollShape, participants: Iterable<ParticipantShape>): number {
  if (poll.electorate !== null) return poll.electorate.people + poll.electorate.personas;
  let here = 0;
  for (const { kind, role, left_at } of participants) {
    if (left_at === null && role !== 'viewer' && (kind === 'human' || poll.persona_voting !== 'none')) here++;
  }
  // Somebody who left may have voted.
  return Math.max(here, poll.voters.total);
}

/** "3 people, 2 AI" where the two are told apart and both voted. */
export function split(people: number | null, personas: number | null): string {
  if (people === null || personas === null || personas === 0) return '';
  return t('poll_split', { people: count('people', people), personas });
}

/** The rules in a line. */
export function rules(poll: PollShape): string {
  const words = [t(poll.is_multiple ? 'poll_multiple' : 'poll_single')];
  if (poll.is_anonymous) words.push(t('poll_anonymous'));
  if (poll.is_sealed) words.push(t('poll_sealed'));
  if (poll.persona_voting !== 'may') words.push(t(`poll_personas_${poll.persona_voting}`));
  return words.join(' · ');
}

/** What won, for those who do not see it. */
export function outcome(poll: PollShape): string {
  const leading = optionViews(poll).filter(({ isLeading }) => isLeading);
  if (leading.length === 0) return t('poll_ended_empty', { question: poll.question });
  return t('poll_ended', {
    question: poll.question,
    option: leading.map(({ text }) => text).join(', '),
    count: leading[0]?.total ?? 0,
    voters: poll.voters.total,
  });
}

export function isSameVote(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((choice) => other.includes(choice));
}
