import type { Recording } from './recording.ts';

/**
 * A playbook that does to every host what was recorded of one: the same files, the same commands and services. JSON is
 * YAML. Whatever names the recorded host names each host itself.
 */
export function playbookOf({ files: all, commands }: Recording, recorded: string): string {
  const files = all.filter(({ path }) => path !== certificate);
  const each = (text: string) => text.replaceAll(new RegExp(`\\b${recorded}\\b`, 'g'), '{{ inventory_hostname }}');
  const tasks = [
    ...folders(files.map(({ path }) => path)).map((path) => ({ file: { path, state: 'directory' } })),
    ...files.map(({ path, content, mode }) => ({
      copy: {
        dest: path === made ? bootstrap : path,
        content: path === hostsFile ? content : each(content),
        mode: `0${mode.toString(8)}`,
      },
    })),
    ...services(commands).map((step) =>
      'argv' in step ? { command: { argv: step.argv.map(each) } } : { systemd: step },
    ),
    { wait_for: { path: certificate, timeout: 60, sleep: 1 } },
    { file: { path: bootstrap, state: 'absent' } },
  ];
  return JSON.stringify([{ hosts: 'all', tasks: tasks.map(named) }], undefined, 2);
}

/** The kubelet makes the others of the credentials for its bootstrap. */
const made = '/etc/kubernetes/kubelet.conf';
/** Names all hosts, the same on each. */
const hostsFile = '/etc/hosts';
const certificate = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const bootstrap = '/etc/kubernetes/bootstrap-kubelet.conf';

const named = (task: object, index: number) => ({ name: `${index + 1}`, ...task });

/** Those that a bare host lacks. */
const folders = (paths: readonly string[]): string[] =>
  [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))].filter((path) => path.split('/').length > 3);

type Service = { name?: string; enabled?: true; state?: 'restarted' | 'started' | 'stopped'; daemon_reload?: true };

/** systemctl's calls as one task where one task can do them, as whoever writes a playbook would put it. */
function services(commands: Recording['commands']): readonly (Service | { readonly argv: readonly string[] })[] {
  const steps: (Service | { readonly argv: readonly string[] })[] = [];
  for (const argv of commands) {
    const [verb = '', name] = argv.slice(1).filter((word) => !word.startsWith('-'));
    const wanted = argv[0] === 'systemctl' ? wishes(verb, argv.includes('--now')) : undefined;
    const last = steps.at(-1);
    if (wanted === undefined) steps.push({ argv });
    else if (last !== undefined && !('argv' in last) && goesWith(last, name))
      Object.assign(last, wanted, name && { name });
    else steps.push({ ...wanted, ...(name === undefined ? {} : { name }) });
  }
  return steps;
}

const goesWith = (last: Service, name: string | undefined): boolean =>
  last.state === undefined && (last.name === undefined || last.name === name);

function wishes(verb: string, now: boolean): Service | undefined {
  switch (verb) {
    case 'daemon-reload':
      return { daemon_reload: true };
    case 'enable':
      return { enabled: true, ...(now ? { state: 'started' } : {}) };
    case 'restart':
      return { state: 'restarted' };
    case 'start':
      return { state: 'started' };
    case 'stop':
      return { state: 'stopped' };
    default:
      return undefined;
  }
}
