/**
 * Code that comes when it is needed, also when it could not be had before.
 *
 * A browser keeps that a module could not be fetched for as long as the page is there (so the HTML standard;
 * Chromium does since 2026): asked for once more it fails at once, whatever the connection is like by then.
 * Under another address it is fetched. Which one failed stands in the error's message in Chromium and
 * Firefox; where it does not, asking again is all there is, and a reload.
 */

/** By address: where a module that failed is asked for instead. */
const instead = new Map<string, string>();
let times = 0;

/** What `load`, an `import()`, brings. */
export async function fetched<M>(
  load: () => Promise<M>,
  bring: (address: string) => Promise<M> = (address) => import(/* @vite-ignore */ address),
): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const address = addressIn(error);
    if (address === null) throw error;
    const other = instead.get(address);
    try {
      // The first failure is the connection's, and is told.
      if (other === undefined) throw error;
      return await bring(other);
    } catch (failure) {
      times += 1;
      instead.set(address, `${address}?again=${times}`);
      throw failure;
    }
  }
}

function addressIn(error: unknown): string | null {
  const found = error instanceof Error ? /\bhttps?:\/\/\S+/.exec(error.message)?.[0] : undefined;
  return found?.startsWith(`${location.origin}/`) === true ? found : null;
}
