// Runs in a host beside an init and prints when the API server was healthy, and when the administrator was let in:
// `healthy 1795909011.245`, `admitted 1795909012.5`, seconds since the epoch. Ends then, or when it is ended.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const host = process.argv[2];
const betweenQuestions = 50;

await until(() => answers('/livez', {}));
say('healthy');
await until(() => answers('/api/v1/namespaces/kube-system/secrets?limit=1', administrator()));
say('admitted');

function say(what) {
  process.stdout.write(`${what} ${Date.now() / 1000}\n`);
}

async function until(question) {
  while (!(await question())) await sleep(betweenQuestions);
}

function answers(path, credentials) {
  if (credentials === undefined) return false;
  return new Promise((resolve) => {
    const options = { host, port: 6443, path, rejectUnauthorized: false, agent: false, timeout: 2000, ...credentials };
    const asked = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false)).on('timeout', () => asked.destroy(new Error('no answer')));
    asked.end();
  });
}

function administrator() {
  try {
    const text = readFileSync('/etc/kubernetes/admin.conf', 'utf8');
    const data = (name) => Buffer.from(new RegExp(`${name}: (\\S+)`).exec(text)[1], 'base64');
    return { cert: data('client-certificate-data'), key: data('client-key-data') };
  } catch {
    return undefined;
  }
}
