/** What a room's own votes say of a cast, in rows. Pure. */
import { t } from '../../lib/text.runs';
import type { RunAdvice } from '../../protocol/generated';
import type { RoomState } from '../../sync/model';
import { namesOf } from './view';

type Range = NonNullable<RunAdvice['worth']>;

export interface Row {
  readonly key: string;
  readonly what: string;
  /** "6 of 8", or that there are too few. */
  readonly counted: string;
  /** Blank where there are too few. */
  readonly share: string;
}

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

/** Each two of the cast, those who have most in common first; what is not known stands last. */
export function pairRows(room: RoomState, advice: RunAdvice): readonly Row[] {
  const common = (pair: RunAdvice['pairs'][number]) => pair.beyond_chance?.value ?? -Infinity;
  return advice.pairs
    .toSorted((one, other) => (common(one) < common(other) ? 1 : -1))
    .map((pair) => pairRow(room, pair));
}

function pairRow(room: RoomState, pair: RunAdvice['pairs'][number]): Row {
  const names = namesOf(room, [pair.one_id, pair.other_id]);
  return {
    key: `${pair.one_id} ${pair.other_id}`,
    what: pair.basis === 'models' ? t('advice_by_models', { names }) : names,
    counted: pair.basis === null ? t('advice_few') : countWords(pair.agreed, pair.votes),
    share: pair.beyond_chance === null ? '' : shareWords(pair.beyond_chance),
  };
}

/** How often fewer would have decided the same, the largest group first. */
export function groupRows(advice: RunAdvice): readonly Row[] {
  return advice.sizes.toReversed().map(({ size, same, votes, share }) => ({
    key: String(size),
    what: t(size === 1 ? 'advice_group_one' : 'advice_group', { size }),
    counted: countWords(same, votes),
    share: shareWords(share),
  }));
}

function countWords(count: number, votes: number): string {
  return t('advice_counted', { count: NUMBER.format(count), votes });
}

function shareWords({ value, low, high }: Range): string {
  return t('advice_share', {
    value: PERCENT.format(value),
    low: PERCENT.format(low),
    high: PERCENT.format(high),
  });
}
