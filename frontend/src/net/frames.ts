/** What comes in on the socket, parsed at the door. */
import * as v from 'valibot';
import { Envelope, EVENTS, KnownEvent } from '../protocol/generated';

const Frame = v.object({ ...Envelope.entries, n: v.number() });

export interface ReadFrame {
  /** The connection's counter, to acknowledge. */
  readonly n: number;
  /** Null for a type that this page does not know: a newer server's, to be ignored. */
  readonly event: KnownEvent | null;
  /** The number of a durable event, known or not. */
  readonly seq: number | null;
}

/** Answers null for what is no frame at all. */
export function readFrame(text: string): ReadFrame | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const frame = v.safeParse(Frame, json);
  if (!frame.success) return null;
  return { n: frame.output.n, seq: frame.output.seq, event: readEvent(frame.output) };
}

/** The event in an envelope; null where its type is unknown or its data is not as agreed. */
export function readEvent(envelope: Envelope): KnownEvent | null {
  if (!(envelope.type in EVENTS) && envelope.type !== 'snapshot') return null;
  const event = v.safeParse(KnownEvent, envelope);
  if (event.success) return event.output;
  console.error('Parley: an event was not as agreed', envelope.type, v.flatten(event.issues));
  return null;
}
