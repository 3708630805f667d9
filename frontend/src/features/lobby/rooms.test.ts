import { describe, expect, it } from 'vitest';
import type { RoomsView } from '../../net/api';
import type { RoomCard, RoomPage } from '../../protocol/generated';
import { LobbyRooms } from './rooms.svelte';

function card(id: string): RoomCard {
  return {
    id,
    name: id,
    description: '',
    visibility: 'public',
    is_member: true,
    is_archived: false,
    last_activity_at: '2026-03-02T09:30:00.000Z',
    participants: [],
    people: 0,
    personas: 0,
  };
}

/** A server whose answers come when the test says so. */
function server() {
  const asked: { what: string; answer: (page: RoomPage) => void; fail: (error: Error) => void }[] = [];
  const ask = (what: string) => new Promise<RoomPage>((answer, fail) => asked.push({ what, answer, fail }));
  const source = {
    rooms: (view: RoomsView, text: string) => ask(`${view} ${text}`),
    moreRooms: (next: string) => ask(next),
  };
  return { asked, lobby: new LobbyRooms(source) };
}

const page = (ids: string[], next: string | null = null): RoomPage => ({ results: ids.map(card), next });
const ids = (lobby: LobbyRooms) => lobby.rooms.map((room) => room.id);

describe('the lobby', () => {
  it('shows the answer to the newest question, whichever comes last', async () => {
    const { asked, lobby } = server();
    const first = lobby.load();
    lobby.text = ' tulips ';
    lobby.view = 'mine';
    const second = lobby.load();
    expect(asked.map(({ what }) => what)).toEqual(['all ', 'mine tulips']);
    asked[1]?.answer(page(['b']));
    await second;
    asked[0]?.answer(page(['a'], 'more'));
    await first;
    expect(ids(lobby)).toEqual(['b']);
    expect(lobby.shown).toEqual({ view: 'mine', text: 'tulips' });
    expect([lobby.hasMore, lobby.isBusy, lobby.problem]).toEqual([false, false, null]);
  });

  it('appends the next page without what moved meanwhile', async () => {
    const { asked, lobby } = server();
    const loading = lobby.load();
    asked[0]?.answer(page(['a', 'b'], '/api/rooms/?cursor=2'));
    await loading;
    expect(lobby.hasMore).toBe(true);
    const more = lobby.more();
    expect(asked[1]?.what).toBe('/api/rooms/?cursor=2');
    asked[1]?.answer(page(['b', 'c']));
    await more;
    expect(ids(lobby)).toEqual(['a', 'b', 'c']);
    expect(lobby.hasMore).toBe(false);
    await lobby.more();
    expect(asked).toHaveLength(2);
  });

  it('keeps what it shows when a question fails, and says why', async () => {
    const { asked, lobby } = server();
    const loading = lobby.load();
    asked[0]?.answer(page(['a'], 'next'));
    await loading;
    const more = lobby.more();
    asked[1]?.fail(new Error('Too much at once.'));
    await more;
    expect([ids(lobby), lobby.problem, lobby.hasMore]).toEqual([['a'], 'Too much at once.', true]);
    const again = lobby.more();
    asked[2]?.answer(page(['b']));
    await again;
    expect([ids(lobby), lobby.problem]).toEqual([['a', 'b'], null]);
  });

  it('does not let an old failure cover a new answer', async () => {
    const { asked, lobby } = server();
    const first = lobby.load();
    const second = lobby.load();
    asked[1]?.answer(page(['a']));
    await second;
    asked[0]?.fail(new Error('Late.'));
    await first;
    expect([ids(lobby), lobby.problem]).toEqual([['a'], null]);
  });
});
