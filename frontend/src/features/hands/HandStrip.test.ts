import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '../../state/announcer.svelte';
import { RoomStore } from '../../state/room.svelte';
import { fromSnapshot } from '../../sync/reduce';
import { hand, participant, snapshot } from '../../sync/shapes.testing';
import HandStrip from './HandStrip.svelte';

const NAMES = ['Ada', 'Bo', 'Cy', 'Dee', 'Eve'];
const participants = NAMES.map((name) => participant(name, { name, kind: 'persona' }));
const hands = NAMES.map((name) => hand(`h-${name}`, { participant_id: name, line: `<b>${name}</b>` }));

function show(role: 'member' | 'viewer' = 'member') {
  const store = new RoomStore('r1');
  const command = vi.spyOn(store, 'command').mockResolvedValue();
  const you = { participant_id: 'me', role };
  const room = fromSnapshot(snapshot({ participants, hands, you }));
  const view = render(HandStrip, { store, room });
  return { command, room, store, view };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the strip of hands', () => {
  it('shows three, and the others to whoever asks', async () => {
    show();
    expect(screen.getAllByTestId('hand')).toHaveLength(3);
    await fireEvent.click(screen.getByRole('button', { name: '2 more' }));
    expect(screen.getAllByTestId('hand')).toHaveLength(5);
    expect(screen.getByRole('button', { name: 'Show fewer' }).getAttribute('aria-expanded')).toBe('true');
  });

  it('shows a line as the text that it is', () => {
    show();
    expect(screen.getAllByTestId('hand')[0]?.textContent).toContain('Ada raised a hand: “<b>Ada</b>”');
  });

  it('lets somebody speak once, and takes a hand down', async () => {
    const { command } = show();
    const button = screen.getByRole('button', { name: 'Let Ada speak' });
    await fireEvent.click(button);
    await fireEvent.click(screen.getByRole('button', { name: 'Take Bo’s hand down' }));
    expect(command.mock.calls).toEqual([
      ['hand.grant', { hand_id: 'h-Ada' }],
      ['hand.lower', { hand_id: 'h-Bo' }],
    ]);
  });

  it('has no buttons for viewers', () => {
    show('viewer');
    expect(screen.queryByRole('button', { name: /speak|down/ })).toBeNull();
  });

  it('says once who raised a hand, and nothing of one that came down at once', async () => {
    const say = vi.spyOn(announcer, 'say').mockImplementation(() => undefined);
    const { room, store, view } = show();
    await vi.advanceTimersByTimeAsync(100);
    const fewer = { ...room, hands: hands.slice(0, 2) };
    await view.rerender({ store, room: fewer });
    await vi.advanceTimersByTimeAsync(1000);
    await view.rerender({ store, room: { ...fewer } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(say.mock.calls).toEqual([['Ada raised a hand: “<b>Ada</b>”'], ['Bo raised a hand: “<b>Bo</b>”']]);
    say.mockRestore();
  });
});
