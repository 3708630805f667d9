// Gates what a first visit downloads. Budgets are gzip bytes.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const ENTRY = 'src/app/main.ts';
const BUDGETS = {
  'initial JS': 90_000,
  'initial CSS': 15_000,
  'highlighting (lazy)': 30_000,
  'largest page or dialog (lazy)': 12_000,
};

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));

/** The chunk and every chunk it imports at once. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const gzipped = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
const sum = (files) => [...new Set(files)].reduce((total, file) => total + gzipped(file), 0);

const initial = [...closure(ENTRY)];
/** What an import() of `key` still downloads on an open page. */
const later = (key) => [...closure(key)].filter((each) => !initial.includes(each));
const scripts = (keys) => sum(keys.map((key) => manifest[key].file));
const lazy = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry);
const isHighlighter = (key) => key.includes('highlighter');

const sizes = {
  'initial JS': scripts(initial),
  'initial CSS': sum(initial.flatMap((key) => manifest[key].css ?? [])),
  'highlighting (lazy)': scripts(lazy.filter(isHighlighter).flatMap(later)),
  'largest page or dialog (lazy)': Math.max(
    ...lazy.filter((key) => !isHighlighter(key)).map((key) => scripts(later(key))),
  ),
};

let isOver = false;
for (const [name, size] of Object.entries(sizes)) {
  const budget = BUDGETS[name];
  const verdict = size > budget ? 'OVER' : 'ok';
  if (size > budget) isOver = true;
  console.log(`${name}: ${(size / 1000).toFixed(1)} kB of ${(budget / 1000).toFixed(0)} kB gzip, ${verdict}`);
}
if (isOver) {
  console.error('Over budget: load what a first visit does not need with import(), or drop it.');
  process.exit(1);
}
