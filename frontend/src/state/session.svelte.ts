import { api } from '../net/api';
import type { Session } from '../protocol/generated';

/** Who is here, as the server sees it. */
class SessionStore {
  current = $state.raw<Session | null>(null);

  async load(): Promise<Session> {
    this.current = await api.session();
    return this.current;
  }

  /** The session, asked for once. */
  async ensure(): Promise<Session> {
    return this.current ?? this.load();
  }

  /** Gives somebody unknown a name; others stay who they are. */
  async takeName(name: string): Promise<void> {
    const session = await this.ensure();
    if (session.kind === 'anonymous') this.current = await api.becomeGuest(name);
  }
}

export const session = new SessionStore();
