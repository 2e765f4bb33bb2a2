// The first script of the single executable: what bin/kinit.js is to the npm package.
import { getAsset, getRawAsset } from 'node:sea';
import { evaluate } from '../../bin/bundle.js';

const { main } = evaluate(getAsset('kinit.cjs', 'latin1'), {
  file: process.execPath,
  require,
  cachedData: compiled('kinit.code-cache'),
});
main(process).then(process.exit);

function compiled(name) {
  try {
    return Buffer.from(getRawAsset(name));
  } catch {
    return undefined;
  }
}
