const ALLOWED = new Set(['http:', 'https:', 'mailto:']);

/** The address to link to, or null: only absolute http, https and mailto addresses open. */
export function safeUrl(href: string): string | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  return ALLOWED.has(url.protocol) ? url.href : null;
}
