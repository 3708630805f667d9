import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { local } from '../../lib/storage';
import { RoomStore } from '../../state/room.svelte';
import { fromSnapshot } from '../../sync/reduce';
import { message, participant, snapshot } from '../../sync/shapes.testing';
import Composer from './Composer.svelte';

const room = fromSnapshot(
  snapshot({
    messages: [message(1, { participant_id: 'ada', text: 'We **ship**\non Friday' })],
    participants: [
      participant('alice', { name: 'Alice' }),
      participant('ada', { name: 'Ada', kind: 'persona', title: 'Engineer' }),
      participant('bo', { name: 'Bo', kind: 'persona' }),
      participant('bob', { name: 'Bob' }),
      participant('gone', { name: 'Bea', left_at: '2026-01-01T00:00:00.000Z' }),
    ],
  }),
);

function show(roomId = 'r1') {
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  const store = new RoomStore(roomId);
  const post = vi.spyOn(store, 'post').mockImplementation(() => undefined);
  store.room = room;
  const view = render(Composer, { store, room, onpost: () => undefined });
  const box = screen.getByRole('textbox', { name: 'Message' });
  if (!(box instanceof HTMLTextAreaElement)) throw new Error('The message box is no text area.');
  const type = async (text: string) => {
    box.value = text;
    box.setSelectionRange(text.length, text.length);
    await fireEvent.input(box);
  };
  const press = (key: string, more: object = {}) => fireEvent.keyDown(box, { key, ...more });
  return { box, post, type, press, view };
}

describe('the composer', () => {
  it('sends with Enter, not with Shift+Enter, not in the middle of a composition', async () => {
    const { box, post, type, press } = show();
    await type('  Hello ');
    await press('Enter', { shiftKey: true });
    await press('Enter', { isComposing: true });
    await press('Enter', { keyCode: 229 });
    expect(post).not.toHaveBeenCalled();
    await press('Enter');
    expect(post).toHaveBeenCalledExactlyOnceWith('Hello', null, false);
    expect(box.value).toBe('');
  });

  it('sends nothing that is empty', async () => {
    const { post, type, press } = show();
    await type('   ');
    await press('Enter');
    expect(post).not.toHaveBeenCalled();
  });

  it('offers who is there, and takes the choice with Tab or Enter', async () => {
    const { box, post, type, press } = show();
    await type('Hi @b');
    expect(screen.getAllByRole('option').map((option) => option.querySelector('.name')?.textContent)).toEqual(
      ['Bo', 'Bob'],
    );
    await press('ArrowDown');
    expect(screen.getByRole('option', { selected: true }).textContent).toContain('Bob');
    await press('Tab');
    expect(box.value).toBe('Hi @Bob ');
    await type('Hi @Bob and @al');
    await press('Enter');
    expect(box.value).toBe('Hi @Bob and @all ');
    expect(post).not.toHaveBeenCalled();
  });

  it('closes the menu with Esc, and then Enter sends', async () => {
    const { post, type, press } = show();
    await type('@a');
    await press('Escape');
    expect(screen.queryByRole('listbox')).toBeNull();
    await press('Enter');
    expect(post).toHaveBeenCalledExactlyOnceWith('@a', null, false);
  });

  it('sends a name that is typed in full', async () => {
    const { post, type, press } = show();
    await type('Thanks @Ada');
    await press('Enter');
    expect(post).toHaveBeenCalledExactlyOnceWith('Thanks @Ada', null, false);
  });

  it('keeps the reply with the draft, and replies once, with what it replies to in view', async () => {
    local.write('reply:r1', 'm1');
    const { post, type, press } = show();
    await tick();
    expect(screen.getByRole('group', { name: 'Replying to Ada' }).textContent).toContain('We ship');
    await type('Why?');
    await press('Enter');
    expect(post).toHaveBeenLastCalledWith('Why?', 'm1', false);
    expect(screen.queryByRole('group')).toBeNull();
    await type('And then?');
    await press('Enter');
    expect(post).toHaveBeenLastCalledWith('And then?', null, false);
  });

  it('closes with Esc the menu first, then the reply', async () => {
    local.write('reply:r1', 'm1');
    const { type, press } = show();
    await type('@a');
    await press('Escape');
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(screen.queryByRole('group')).not.toBeNull();
    await press('Escape');
    expect(screen.queryByRole('group')).toBeNull();
  });

  it('posts without waking anyone, by the switch for one message or by Alt+Enter', async () => {
    const { post, type, press } = show();
    const toggle = screen.getByRole('button', { name: /^Post without waking anyone/ });
    await fireEvent.click(toggle);
    expect(toggle.getAttribute('aria-pressed')).toBe('true');
    await type('@Ada, for the record');
    await press('Enter');
    expect(post).toHaveBeenLastCalledWith('@Ada, for the record', null, true);
    expect(toggle.getAttribute('aria-pressed')).toBe('false');
    await type('And this');
    await press('Enter', { altKey: true });
    expect(post).toHaveBeenLastCalledWith('And this', null, true);
    await type('@Ada?');
    await press('Enter');
    expect(post).toHaveBeenLastCalledWith('@Ada?', null, false);
  });

  it('keeps a draft for each room', async () => {
    const first = show('r1');
    await first.type('Unfinished');
    first.view.unmount();
    expect(local.read('draft:r1')).toBe('Unfinished');
    const other = show('r2');
    expect(other.box.value).toBe('');
    other.view.unmount();
    expect(show('r1').box.value).toBe('Unfinished');
  });
});
