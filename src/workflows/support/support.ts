import type { TextEntry } from '../../archive/tar-gz.ts';
import { KinitError } from '../../errors.ts';
import { jsonText } from '../../printable.ts';
import { doctorObject, doctorText } from '../../report/doctor-text.ts';
import { scrub } from '../../report/scrub.ts';
import { doctor, type Suspect } from '../doctor/doctor.ts';
import { clusterEntries } from './cluster-entries.ts';
import { hostEntries } from './host-entries.ts';

/** What was gathered, and from whom nothing came. */
export interface Gathered {
  readonly entries: readonly TextEntry[];
  readonly unreached: readonly { readonly host: string; readonly reason: string }[];
}

/**
 * All that somebody who is to help needs of hosts and their cluster, scrubbed of secrets: the hosts beside each other, each
 * once. `own` are texts of this machine that go along. A host that is not reached has a note in its place. Changes nothing.
 */
export async function gather(
  suspects: readonly Suspect[],
  own: readonly TextEntry[],
  clock: () => number,
): Promise<Gathered> {
  const [found, hosts] = await Promise.all([doctor(suspects, clock), Promise.all(suspects.map(fromHost))]);
  const cluster = await firstCluster(suspects);
  const entries = [
    ...own,
    { name: 'doctor.txt', text: doctorText(found) },
    { name: 'doctor.json', text: `${jsonText(doctorObject(found), 2)}\n` },
    ...cluster.map(({ name, text }) => ({ name: `cluster/${name}`, text })),
    ...hosts.flatMap(({ entries: all }) => all),
  ];
  return {
    entries: distinct(entries.map(({ name, text }) => ({ name: shortName(name), text: scrub(text) }))),
    unreached: hosts.flatMap(({ unreached }) => unreached ?? []),
  };
}

interface FromHost {
  readonly entries: readonly TextEntry[];
  readonly unreached?: Gathered['unreached'][number];
}

async function fromHost({ name, opening }: Suspect): Promise<FromHost> {
  const folder = `hosts/${name.replaceAll(/[^\w.@-]/g, '_')}`;
  const noted = (error: KinitError): FromHost => ({
    entries: [{ name: `${folder}/not-reached.txt`, text: `${error.message}\n` }],
    unreached: { host: name, reason: error.message },
  });
  try {
    const host = await opening;
    if (host instanceof KinitError) return noted(host);
    const entries = await hostEntries(host);
    return { entries: entries.map((entry) => ({ name: `${folder}/${entry.name}`, text: entry.text })) };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return noted(error);
  }
}

/** Through the first control plane that is reached. */
async function firstCluster(suspects: readonly Suspect[]): Promise<readonly TextEntry[]> {
  for (const { opening, role } of suspects) {
    if (role === 'worker') continue;
    const host = await Promise.resolve(opening).catch(() => undefined);
    if (host === undefined || host instanceof KinitError) continue;
    const entries = await clusterEntries(host).catch((error: unknown) => {
      if (error instanceof KinitError) return undefined;
      throw error;
    });
    if (entries !== undefined) return entries;
  }
  return [];
}

/** What a header of an archive holds; of longer ones the end tells them apart. */
function shortName(name: string): string {
  const plain = name.replaceAll(/[^\w.@/-]/g, '_');
  return plain.length <= 96 ? plain : `${plain.slice(0, 40)}..${plain.slice(-54)}`;
}

function distinct(entries: readonly TextEntry[]): readonly TextEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}
