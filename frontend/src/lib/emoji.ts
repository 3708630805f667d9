/** Whether this machine can draw emoji at all: without such a font each would be an empty box. */
let isKnownToDraw: boolean | null = null;

export function canDrawEmoji(): boolean {
  isKnownToDraw ??= probe();
  return isKnownToDraw;
}

/** A red heart drawn in black has colour only if it comes from an emoji font. */
function probe(): boolean {
  const size = 24;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return true;
  context.textBaseline = 'top';
  context.font = `${size - 4}px sans-serif`;
  context.fillText('❤️', 0, 0);
  const { data } = context.getImageData(0, 0, size, size);
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i] ?? 0) - (data[i + 1] ?? 0) > 60) return true;
  }
  return false;
}
