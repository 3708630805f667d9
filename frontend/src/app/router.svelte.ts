/** The few addresses of this application, and moving between them without a reload. */
export type Route =
  | { readonly page: 'lobby' }
  | { readonly page: 'create' }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'join'; readonly token: string }
  | { readonly page: 'nothing' };

export function routeOf(path: string): Route {
  if (path === '/') return { page: 'lobby' };
  if (path === '/rooms/new/') return { page: 'create' };
  const roomId = /^\/rooms\/([0-9a-f-]{36})\/$/.exec(path)?.[1];
  if (roomId !== undefined) return { page: 'room', roomId };
  const token = /^\/join\/([\w-]+)\/$/.exec(path)?.[1];
  if (token !== undefined) return { page: 'join', token };
  return { page: 'nothing' };
}

class Router {
  route = $state.raw<Route>(routeOf(location.pathname));

  constructor() {
    window.addEventListener('popstate', () => this.#read());
  }

  go(path: string, { replace = false } = {}): void {
    if (replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    this.#read();
    window.scrollTo(0, 0);
  }

  /** For a click on a link of ours; leaves other clicks to the browser. */
  readonly onclick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.origin !== location.origin) return;
    if (routeOf(link.pathname).page === 'nothing') return;
    event.preventDefault();
    this.go(link.pathname);
  };

  #read(): void {
    this.route = routeOf(location.pathname);
  }
}

export const router = new Router();
