/**
 * Which of the loaded messages are rows in the page. Pure; bounds are `seq`s, so that
 * older pages do not shift them. Null means: as far as it goes.
 */
import type { MessageShape } from '../../protocol/generated';
import { indexOfSeq } from '../../sync/model';

/** Rows shown while following, and added at a time. */
export const TAIL_ROWS = 80;
export const STEP_ROWS = 40;
/** Above this, rows far from the view are taken out. */
export const MOST_ROWS = 200;

export interface RowWindow {
  readonly first: number | null;
  readonly last: number | null;
}

export const TAIL: RowWindow = { first: null, last: null };

export interface Bounds {
  readonly start: number;
  readonly end: number;
}

type Messages = readonly MessageShape[];

export function boundsOf(window: RowWindow, messages: Messages): Bounds {
  const end = window.last === null ? messages.length : indexOfSeq(messages, window.last + 1);
  const start = window.first === null ? Math.max(0, end - TAIL_ROWS) : indexOfSeq(messages, window.first);
  return { start: Math.min(start, end), end };
}

/** The rows around a message. */
export function around(seq: number, messages: Messages): RowWindow {
  const index = indexOfSeq(messages, seq);
  return {
    first: messages[Math.max(0, index - STEP_ROWS)]?.seq ?? null,
    last: messages[index + STEP_ROWS]?.seq ?? null,
  };
}

/** The same rows, held where they are while others come. */
export function held(window: RowWindow, messages: Messages): RowWindow {
  const { start } = boundsOf(window, messages);
  return { ...window, first: window.first ?? messages[start]?.seq ?? null };
}

export function grownUp(window: RowWindow, messages: Messages): RowWindow {
  const { start } = boundsOf(window, messages);
  return { ...window, first: messages[Math.max(0, start - STEP_ROWS)]?.seq ?? null };
}

export function grownDown(window: RowWindow, messages: Messages): RowWindow {
  const { end } = boundsOf(window, messages);
  const last = end + STEP_ROWS - 1;
  return {
    ...held(window, messages),
    last: last >= messages.length - 1 ? null : (messages[last]?.seq ?? null),
  };
}

/** Without up to `far` rows at the top, as far as there are too many. */
export function trimmedTop(window: RowWindow, messages: Messages, far: number): RowWindow {
  const { start, end } = boundsOf(window, messages);
  const cut = Math.min(far, end - start - MOST_ROWS);
  return cut <= 0 ? window : { ...window, first: messages[start + cut]?.seq ?? null };
}

/** Without up to `far` rows at the bottom, as far as there are too many. */
export function trimmedBottom(window: RowWindow, messages: Messages, far: number): RowWindow {
  const { start, end } = boundsOf(window, messages);
  const cut = Math.min(far, end - start - MOST_ROWS);
  return cut <= 0 ? window : { ...held(window, messages), last: messages[end - cut - 1]?.seq ?? null };
}
