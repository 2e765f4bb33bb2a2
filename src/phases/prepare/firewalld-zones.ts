/** What a zone of firewalld lets in. */
export interface Zone {
  readonly target: string;
  readonly ports: readonly string[];
  readonly protocols: readonly string[];
  readonly sources: readonly string[];
  readonly masquerade: boolean;
}

/** The zones that `firewall-cmd --list-all-zones` tells of, by name. */
export function parseZones(text: string): ReadonlyMap<string, Zone> {
  const sections = text.split(/\n(?=\S)/).filter((section) => section.trim() !== '');
  return new Map(
    sections.map((section) => {
      const name = section.trim().split(/\s/)[0] ?? '';
      const words = (key: string) => new RegExp(`^ +${key}:(.*)$`, 'm').exec(section)?.[1]?.trim().split(/\s+/) ?? [];
      const all = (key: string) => words(key).filter(Boolean);
      return [
        name,
        {
          target: words('target')[0] ?? '',
          ports: all('ports'),
          protocols: all('protocols'),
          sources: all('sources'),
          masquerade: words('masquerade')[0] === 'yes',
        },
      ];
    }),
  );
}
