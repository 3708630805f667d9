/** Storage that may be full, blocked or absent: then nothing is kept, and nothing breaks. */
export interface Kept {
  read(key: string): string | null;
  write(key: string, value: string | null): void;
}

function kept(open: () => Storage): Kept {
  return {
    read(key) {
      try {
        return open().getItem(`parley:${key}`);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        if (value === null) open().removeItem(`parley:${key}`);
        else open().setItem(`parley:${key}`, value);
      } catch {
        // Nothing to be done: it is a convenience.
      }
    },
  };
}

export const local = kept(() => localStorage);
/** Survives a reload of this tab only. */
export const tab = kept(() => sessionStorage);
