import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KinitError } from '../../src/errors.ts';
import { isLink, type RpmFile, type RpmWish, rpmSpec, rpmVersion } from './rpm-spec.ts';
import { hasTool, tool } from './tool.ts';

/** Builds the RPM into a folder; returns its name. Throws where rpmbuild is missing or fails. */
export function makeRpm(wish: RpmWish, folder: string, scratch: string): string {
  rmSync(scratch, { recursive: true, force: true });
  const staging = join(scratch, 'staging');
  for (const file of wish.files) stage(join(staging, file.path), file);
  setTimes(staging, wish.epoch);
  const spec = join(scratch, `${wish.name}.spec`);
  writeFileSync(spec, rpmSpec(wish, staging));
  const defines = { _topdir: join(scratch, 'rpmbuild'), _rpmdir: join(scratch, 'made') };
  tool(
    'rpmbuild',
    [
      '-bb',
      `--target=${wish.architecture}-linux`,
      ...Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
      spec,
    ],
    // The builder's own macros stay out of it.
    { env: { PATH: process.env['PATH'], HOME: scratch, SOURCE_DATE_EPOCH: String(wish.epoch), LC_ALL: 'C.UTF-8' } },
  );
  const name = `${wish.name}-${rpmVersion(wish.version)}-1.${wish.architecture}.rpm`;
  copyFileSync(join(scratch, 'made', wish.architecture, name), join(folder, name));
  rmSync(scratch, { recursive: true });
  return name;
}

function stage(path: string, { content, mode = 0o644 }: RpmFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(path, content);
  else if (isLink(content)) symlinkSync(content.linkTo, path);
  else copyFileSync(content.copyOf, path);
  if (!isLink(content)) chmodSync(path, mode);
}

function setTimes(folder: string, epoch: number): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) lutimesSync(join(entry.parentPath, entry.name), epoch, epoch);
}

/** Throws with what rpmlint has against an RPM; false where this machine has no rpmlint. */
export function checkRpm(rpm: string): boolean {
  if (!hasTool('rpmlint')) return false;
  const said = tool('rpmlint', ['--config', join(import.meta.dirname, 'rpmlint.toml'), rpm]);
  const remarks = said.split('\n').filter((line) => / [WE]: /.test(line));
  if (remarks.length > 0) throw new KinitError(`rpmlint finds fault with ${rpm}:\n${remarks.join('\n')}`);
  return true;
}
