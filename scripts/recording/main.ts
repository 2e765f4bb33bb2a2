// `npm run recording`: records plan, up, status and doctor on bare hosts of the lab, and draws README's pictures of it.
// `npm run recording -- FILE` keeps what was recorded there, and draws alone where the file is there already.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { framesOf, type Scene } from './frames.ts';
import { recordedScenes } from './scenes.ts';
import { palettes, svg } from './svg.ts';

const root = join(import.meta.dirname, '..', '..');
const size = { columns: 104, rows: 26 };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const [kept] = process.argv.slice(2);
const scenes = kept !== undefined && existsSync(kept) ? read(kept) : await recordedScenes(size);
if (kept !== undefined) writeFileSync(kept, JSON.stringify(scenes));

const frames = framesOf(scenes.map(withoutHardware), size);
for (const [name, palette] of Object.entries(palettes)) {
  const text = svg(frames, size, palette, 'kinit plan, up, status and doctor, on three machines');
  for (const own of [root, hostname()])
    if (text.includes(own)) throw new Error(`the recording shows ${own}, which is this machine's`);
  const path = join(root, 'docs', `recording-${name}.svg`);
  writeFileSync(path, text);
  process.stdout.write(`${path}  ${frames.length} frames, ${Math.ceil(text.length / 1000)} kB\n`);
}

/** The hosts of the lab share the hardware of this machine: its address gives way to that of RFC 7042's documentation. */
function withoutHardware(scene: Scene): Scene {
  const address = /\b[\da-f]{2}(?::[\da-f]{2}){5}\b/gi;
  const chunks = scene.chunks.map(({ at, text }) => ({ at, text: text.replaceAll(address, '00:00:5e:00:53:01') }));
  return { ...scene, chunks };
}

function read(path: string): readonly Scene[] {
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Scene[];
}
