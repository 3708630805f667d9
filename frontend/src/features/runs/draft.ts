/** A run before it is started. Pure. */
import { t } from '../../lib/text.runs';
import type { ModeShape, PresetRun, RunEstimate, StartRun } from '../../protocol/generated';

export type RunSpec = Omit<StartRun, 'goal'>;
export type Office = ModeShape['offices'][number];

/** As llm/runs/protocol.py has them. */
export const GOAL_CHARACTERS = 4_000;
export const TURNS_MOST = 200;
export const ROUNDS_MOST = 20;
const SECONDS_MOST = 86_400;
const USD_MOST = 10_000;

export const QUORUMS = { most: 0.51, two_thirds: 2 / 3, all: 1 } as const;
export type Quorum = keyof typeof QUORUMS;

/** A persona of the room; the list has the order in which they speak. */
export interface Place {
  readonly id: string;
  readonly isIn: boolean;
}

/** What the dialog's fields hold, as it was typed. */
export interface Fields {
  readonly cast: readonly Place[];
  /** People who are asked what the personas are. */
  readonly people: readonly string[];
  /** Blank or missing: the server chooses. */
  readonly offices: Readonly<Partial<Record<Office, string>>>;
  readonly rounds: string;
  readonly choices: string;
  readonly quorum: Quorum;
  readonly maxTurns: string;
  readonly maxMinutes: string;
  readonly maxUsd: string;
  readonly stopsOnHuman: boolean;
}

/** What the fields hold at first: as the room's preset has it, else nothing. */
export function fieldsOf(proposal: PresetRun | undefined): Fields {
  const number = (value: number | undefined) => (value ? String(value) : '');
  return {
    cast: [],
    people: [],
    offices: {},
    rounds: number(proposal?.rounds),
    choices: proposal?.choices.join('\n') ?? '',
    quorum: quorumOf(proposal?.quorum ?? QUORUMS.two_thirds),
    maxTurns: number(proposal?.max_turns),
    maxMinutes: '',
    maxUsd: number(proposal?.max_usd),
    stopsOnHuman: false,
  };
}

/** The one that asks for as much or less. */
function quorumOf(share: number): Quorum {
  if (share >= QUORUMS.all) return 'all';
  return share >= 0.66 ? 'two_thirds' : 'most';
}

/** Throws a sentence about a field that holds no number. */
export function specOf(mode: ModeShape, fields: Fields): RunSpec {
  const cast = fields.cast.filter(({ isIn }) => isIn).map(({ id }) => id);
  const offices = mode.offices.flatMap((office) => {
    const id = fields.offices[office] ?? '';
    return id === '' ? [] : [{ office, participant_id: id }];
  });
  return {
    mode: mode.name,
    cast_ids: cast,
    offices,
    people_ids: mode.takes_people ? fields.people : [],
    rounds: whole(fields.rounds, ROUNDS_MOST),
    choices: mode.takes_choices ? lines(fields.choices) : [],
    ...(hasQuorum(mode) ? { quorum: QUORUMS[fields.quorum] } : {}),
    max_turns: whole(fields.maxTurns, TURNS_MOST),
    max_seconds: 60 * whole(fields.maxMinutes, SECONDS_MOST / 60),
    max_usd: numberOf(fields.maxUsd, USD_MOST),
    stop: fields.stopsOnHuman ? { kind: 'human' } : null,
  };
}

/** Whether its cast votes on what most of it agree on. */
export function hasQuorum(mode: ModeShape): boolean {
  return mode.phases.includes('vote');
}

/** Those who were chosen for the cast stand before the others, in their order. */
export function castOf(all: readonly string[], chosen: readonly string[]): readonly Place[] {
  const rest = all.filter((id) => !chosen.includes(id));
  return [...chosen.map((id) => ({ id, isIn: true })), ...rest.map((id) => ({ id, isIn: false }))];
}

/** `by` places on, as far as the list goes. */
export function moved(cast: readonly Place[], id: string, by: number): readonly Place[] {
  const from = cast.findIndex((place) => place.id === id);
  const place = cast[from];
  const to = from + by;
  if (place === undefined || to < 0 || to >= cast.length) return cast;
  return cast.toSpliced(from, 1).toSpliced(to, 0, place);
}

export function withPlace(cast: readonly Place[], id: string, isIn: boolean): readonly Place[] {
  return cast.map((place) => (place.id === id ? { id, isIn } : place));
}

/** Whoever is in the room now, in the order that there is already. */
export function withRoom(cast: readonly Place[], here: readonly string[]): readonly Place[] {
  const known = new Set(cast.map(({ id }) => id));
  const come = here.filter((id) => !known.has(id)).map((id) => ({ id, isIn: false }));
  return [...cast.filter(({ id }) => here.includes(id)), ...come];
}

/** Whether those with an office are nobody of the cast, as the server chose them by itself. */
export function areOfficesApart({ cast, offices }: RunEstimate): boolean {
  return !offices.some(({ participant_id }) => cast.includes(participant_id));
}

const COUNT = new Intl.NumberFormat('en');

export function estimateWords(estimate: RunEstimate): string {
  const parts = [
    t('run_likely', { turns: estimate.turns, most: estimate.max_turns }),
    t('run_likely_tokens', {
      input: COUNT.format(estimate.input_tokens),
      output: COUNT.format(estimate.output_tokens),
    }),
  ];
  if (estimate.is_scripted) parts.push(t('run_free'));
  else if (estimate.usd === null) parts.push(t('run_no_price'));
  else parts.push(t('run_about', { cost: money(estimate.usd) }));
  return parts.join(' · ');
}

const DOLLARS = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });
/** A short run may cost a fraction of a cent. */
const FRACTIONS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
});

export function money(usd: number): string {
  return (usd > 0 && usd < 1 ? FRACTIONS : DOLLARS).format(usd);
}

export function lines(text: string): readonly string[] {
  const trimmed = text.split('\n').map((line) => line.trim());
  return trimmed.filter((line) => line !== '');
}

/** 0 for nothing: the server's own. */
function whole(text: string, most: number): number {
  const number = numberOf(text, most);
  if (!Number.isInteger(number)) throw new Error(t('run_no_number', { text: text.trim() }));
  return number;
}

function numberOf(text: string, most: number): number {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return 0;
  const number = Number(trimmed);
  if (!(number > 0 && number <= most)) throw new Error(t('run_no_number', { text: text.trim() }));
  return number;
}
