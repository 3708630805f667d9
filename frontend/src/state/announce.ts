import { t } from '../lib/text';
import type { RoomState } from '../sync/model';
import type { DurableEvent } from '../sync/reduce';
import { outcome } from '../features/polls/view';
import { announcer } from './announcer.svelte';

const WORDS_MOST = 160;

/** Says in a sentence what an event changed, for those who do not see it. */
export function announceEvent(state: RoomState, event: DurableEvent): void {
  if (event.type === 'poll.changed') {
    if (event.data.poll.closed_at !== null) announcer.say(outcome(event.data.poll));
    return;
  }
  if (event.type === 'run.changed') {
    const { end, question, outcome } = event.data.run;
    // An outcome is edited after the end.
    if (end !== null && (outcome === null || outcome.edited_at === null)) announcer.say(end.message);
    else if (end === null && question !== null) announcer.say(question.text);
    return;
  }
  if (!('message' in event.data)) {
    announceTurn(state, event);
    return;
  }
  const { message } = event.data;
  const author = state.participants.get(message.participant_id);
  const name = author?.name ?? t('someone');
  if (event.type === 'message.resumed') announcer.say(t('goes_on', { name }));
  else if (event.type === 'message.posted') {
    if (message.state === 'streaming') announcer.say(t('is_replying', { name }));
    else if (message.participant_id !== state.you.participant_id) {
      announcer.say(t('says', { name, text: message.text.slice(0, WORDS_MOST) }));
    }
  } else if (message.state === 'stopped') announcer.say(t('was_stopped', { name }));
  else if (message.state === 'failed') {
    announcer.say(t('has_failed', { name, reason: message.error?.message ?? t('unknown_reason') }));
  } else if (message.error !== null) announcer.say(t('was_cut', { name, reason: message.error.message }));
  else announcer.say(t('is_finished', { name }));
}

function announceTurn(state: RoomState, event: DurableEvent): void {
  if (event.type !== 'turn.changed') return;
  const { turn } = event.data;
  if (turn.state !== 'failed' || turn.message_id !== null) return;
  const name = state.participants.get(turn.participant_id)?.name ?? t('someone');
  announcer.say(t('has_failed', { name, reason: turn.error?.message ?? t('unknown_reason') }));
}
